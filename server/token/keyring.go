package token

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/authfetch/authfetch/server/internal/cached"
	"github.com/authfetch/authfetch/server/secret"
)

// KeyringConfig says where signing keys are kept and what new ones are like.
type KeyringConfig struct {
	// Store keeps the keys. Required.
	Store KeyStore
	// Secrets seal the keys. Required.
	Secrets secret.Set
	// Algorithm of new keys. Where the newest key is for another one, OpenKeyring
	// appends a key. Zero: that of the newest key, ES256 for the first.
	Algorithm Algorithm
	// Publish is how long a key that follows another is in the JWKS document
	// before it signs, so that verifiers know it by then. Zero: DefaultPublish.
	Publish time.Duration
	// RotateEvery is how long a key signs before Maintain replaces it. Zero:
	// DefaultRotateEvery. Negative: keys are replaced by hand only.
	RotateEvery time.Duration
	// Keep is how long a key verifies after it has ceased to sign: as long as a
	// refresh may present a token of it, which is the life of a session and of an
	// access token together. Zero: DefaultKeep.
	Keep time.Duration
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// How a node keeps its copy of the keys. It is safe to use one for a while: a new
// key is published for longer than that before it signs, and what a revoked key
// may still do in that time, its thief could do a moment before, too.
const (
	// fresh and a reading together are less than a minute, after which a revoked
	// key is refused by every node.
	fresh       = 50 * time.Second
	readTimeout = 2 * time.Second
	// readPause is the least time between two readings that tokens with unknown
	// key ids cause. Strangers can send any number of them; a key that signs
	// without having been published, after a revocation, is found so soon.
	readPause = time.Second
)

// Keyring holds the signing keys of a server, of which it keeps a copy in memory.
// Every node has one of its own, all on one store. It is safe for concurrent use.
type Keyring struct {
	config KeyringConfig
	copied *cached.Copy[[]signingKey] // oldest first, without the revoked; never empty
}

// OpenKeyring reads the signing keys, makes the first one where there is none, and
// seals them with the secret that mints now. Several nodes may start at once on
// one empty store: they end up with the same single key.
func OpenKeyring(ctx context.Context, config KeyringConfig) (*Keyring, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	k := &Keyring{config: config}
	k.copied = cached.New(cached.Config[[]signingKey]{
		Read: k.read, Timeout: readTimeout, Pause: readPause, Now: config.Now,
	})
	if _, err := k.change(ctx, k.prepare); err != nil {
		return nil, err
	}
	return k, k.Reload(ctx)
}

func (c KeyringConfig) withDefaults() (KeyringConfig, error) {
	if c.Store == nil {
		return c, fmt.Errorf("%w: Store is missing", ErrConfig)
	}
	if c.Secrets.IsZero() {
		return c, fmt.Errorf("%w: Secrets is empty", ErrConfig)
	}
	if c.Algorithm != "" {
		if _, err := ParseAlgorithm(string(c.Algorithm)); err != nil {
			return c, err
		}
	}
	if c.Publish < 0 || c.Keep < 0 {
		return c, fmt.Errorf("%w: Publish and Keep must not be negative", ErrConfig)
	}
	c.Publish = cmp.Or(c.Publish, DefaultPublish)
	c.RotateEvery = cmp.Or(c.RotateEvery, DefaultRotateEvery)
	c.Keep = cmp.Or(c.Keep, DefaultKeep)
	if c.RotateEvery > 0 && c.RotateEvery < c.Publish {
		return c, fmt.Errorf("%w: RotateEvery is %v, want more than the %v for which a key is published first",
			ErrConfig, c.RotateEvery, c.Publish)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, nil
}

// prepare is what the keys have to be like before anything is signed.
func (k *Keyring) prepare(keys chain) (chain, error) {
	after := slices.Clone(keys)
	for i := range after {
		var err error
		if after[i], err = resealKey(after[i], k.config.Secrets); err != nil {
			return nil, err
		}
	}
	newest, found := after.newest()
	switch {
	case !found:
		return k.append(after, k.now())
	case k.config.Algorithm != "" && k.config.Algorithm != newest.Algorithm:
		return k.append(after, k.now().Add(k.config.Publish))
	default:
		return after, nil
	}
}

// Reload reads the keys again now. There is no need to call it: a copy older than
// a minute is replaced when it is used, and unknown key ids are looked up.
func (k *Keyring) Reload(ctx context.Context) error {
	_, err := k.copied.Reload(ctx)
	return err
}

// Ready reads the keys again and tells whether one of them can sign: nil, or an
// error that wraps ErrKey where none can, and is the store's otherwise.
func (k *Keyring) Ready(ctx context.Context) error {
	if err := k.Reload(ctx); err != nil {
		return err
	}
	_, err := k.signer(ctx, k.now())
	return err
}

func (k *Keyring) read(ctx context.Context) ([]signingKey, time.Duration, error) {
	stored, err := k.config.Store.SigningKeys(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read the signing keys: %w", err)
	}
	keys := make([]signingKey, 0, len(stored))
	for _, s := range stored {
		if s.revoked() {
			continue
		}
		key, err := openKey(s, k.config.Secrets)
		if err != nil {
			return nil, 0, err
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, 0, fmt.Errorf("%w: there is none", ErrKey)
	}
	return keys, fresh, nil
}

// PublicKey implements KeySource. A key that the copy lacks may be a new one, and
// is looked up in the store.
func (k *Keyring) PublicKey(ctx context.Context, id string) (PublicKey, error) {
	keys, err := k.copied.Get(ctx)
	if err != nil {
		return PublicKey{}, err
	}
	if key, found := find(keys, id); found {
		return key, nil
	}
	if id != "" {
		if keys, err = k.copied.Renew(ctx); err != nil {
			return PublicKey{}, err
		}
	}
	if key, found := find(keys, id); found {
		return key, nil
	}
	return PublicKey{}, ErrUnknownKey
}

func find(keys []signingKey, id string) (PublicKey, bool) {
	i := slices.IndexFunc(keys, func(key signingKey) bool { return key.public.ID == id })
	if i < 0 {
		return PublicKey{}, false
	}
	return keys[i].public, true
}

// signer is the key that signs at that time: the newest of those whose time has
// come. The first that can sign serves when no time has come, because a clock was
// set back.
func (k *Keyring) signer(ctx context.Context, at time.Time) (signingKey, error) {
	keys, err := k.copied.Get(ctx)
	if err != nil {
		return signingKey{}, err
	}
	for _, key := range slices.Backward(keys) {
		if key.private != nil && !key.activeFrom.After(at) {
			return key, nil
		}
	}
	i := slices.IndexFunc(keys, func(key signingKey) bool { return key.private != nil })
	if i < 0 {
		return signingKey{}, fmt.Errorf("%w: none can sign", ErrKey)
	}
	return keys[i], nil
}
