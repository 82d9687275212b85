package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/authfetch/authfetch/server/internal/cached"
	"github.com/authfetch/authfetch/server/token"
	"github.com/authfetch/authfetch/server/wire"
)

const (
	// A document is read again when it is as old as its Cache-Control says, within
	// bounds: a revoked key has to go some time, and no issuer wants to be asked
	// with every token.
	defaultFresh = 5 * time.Minute
	minFresh     = time.Minute
	maxFresh     = time.Hour

	readTimeout = 3 * time.Second
	// readPause is the least time between two readings that failed, or that tokens
	// with unknown key ids caused: strangers can send any number of those.
	readPause = 10 * time.Second

	maxDocument = 1 << 20 // bytes
)

// remoteKeys is the key source of an issuer elsewhere. It keeps the document, and
// goes on with it while the issuer cannot be reached.
type remoteKeys struct {
	url    string
	client *http.Client
	log    *slog.Logger
	copied *cached.Copy[token.KeySet]
}

func newRemoteKeys(config Config) *remoteKeys {
	k := &remoteKeys{url: config.JWKS, client: config.Client, log: config.Logger}
	k.copied = cached.New(cached.Config[token.KeySet]{
		Read: k.read, Timeout: readTimeout, Pause: readPause, Now: config.Now,
	})
	return k
}

// PublicKey implements token.KeySource. A key that is not in the document may be a
// new one.
func (k *remoteKeys) PublicKey(ctx context.Context, id string) (token.PublicKey, error) {
	set, err := k.copied.Get(ctx)
	if err != nil {
		return token.PublicKey{}, err
	}
	key, err := set.PublicKey(ctx, id)
	if id == "" || !errors.Is(err, token.ErrUnknownKey) {
		return key, err
	}
	if set, err = k.copied.Renew(ctx); err != nil {
		return token.PublicKey{}, err
	}
	return set.PublicKey(ctx, id)
}

// read fetches the document; an outage goes to the log, because the old copy
// hides it.
func (k *remoteKeys) read(ctx context.Context) (token.KeySet, time.Duration, error) {
	set, fresh, err := k.fetch(ctx)
	if err != nil {
		err = fmt.Errorf("%w from %s: %w", ErrUnavailable, k.url, err)
		k.log.LogAttrs(ctx, slog.LevelWarn, ErrUnavailable.Error(), slog.String("cause", err.Error()))
	}
	return set, fresh, err
}

func (k *remoteKeys) fetch(ctx context.Context) (set token.KeySet, fresh time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Accept", wire.TypeJSON)
	res, err := k.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("status %d", res.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err != nil {
		return nil, 0, err
	}
	if len(document) > maxDocument {
		return nil, 0, fmt.Errorf("more than %d bytes", maxDocument)
	}
	set, err = token.ParseJWKS(document)
	return set, freshFor(res.Header), err
}

// freshFor is how long the document may be kept, RFC 9111 section 5.2.2, within
// our bounds. Time that it has spent in caches on the way counts.
func freshFor(h http.Header) time.Duration {
	fresh := defaultFresh
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return minFresh
		case "max-age":
			if seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				fresh = time.Duration(seconds) * time.Second
			}
		}
	}
	age, _ := strconv.ParseUint(cmp.Or(h.Get("Age"), "0"), 10, 31)
	return min(max(fresh-time.Duration(age)*time.Second, minFresh), maxFresh)
}
