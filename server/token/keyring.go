package token

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// KeyringConfig says where signing keys are kept and what new ones are like.
type KeyringConfig struct {
	// Store keeps the keys. Required.
	Store KeyStore
	// Secrets seal the private parts. Required.
	Secrets secret.Set
	// Algorithm of new keys. Zero: ES256. Where the newest key is for another
	// one, OpenKeyring appends a key.
	Algorithm Algorithm
	// Publish is how long a key that follows another is in the JWKS document
	// before it signs, so that verifiers know it by then. Zero: DefaultPublish.
	Publish time.Duration
	// Now is the clock. Zero: time.Now.
	Now func() time.Time
}

// reloadPause is the least time between two readings of the store that tokens
// with unknown key ids can cause: strangers can send any number of them.
const reloadPause = 10 * time.Second

// errKeysUnread marks an error of the store, as opposed to one of the token.
var errKeysUnread = errors.New("read the signing keys")

// Keyring holds the signing keys of a server in memory. It is safe for
// concurrent use.
type Keyring struct {
	store     KeyStore
	secrets   secret.Set
	algorithm Algorithm
	publish   time.Duration
	now       func() time.Time

	asking sync.Mutex // held while an unknown key id makes the store be read

	mu      sync.RWMutex
	keys    []signingKey // oldest first, never empty
	readAt  time.Time    // when the store was last read
	readErr error        // how that went
}

// OpenKeyring reads the signing keys, and makes the first one where there is
// none. Several nodes may start at once on one empty store: they end up with the
// same single key.
func OpenKeyring(ctx context.Context, config KeyringConfig) (*Keyring, error) {
	if config.Store == nil {
		return nil, fmt.Errorf("%w: Store is missing", ErrConfig)
	}
	if config.Secrets.IsZero() {
		return nil, fmt.Errorf("%w: Secrets is empty", ErrConfig)
	}
	algorithm, err := ParseAlgorithm(string(config.Algorithm))
	if err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	k := &Keyring{
		store: config.Store, secrets: config.Secrets, algorithm: algorithm,
		publish: cmp.Or(config.Publish, DefaultPublish), now: config.Now,
	}
	if err := k.Reload(ctx); err != nil {
		return nil, err
	}
	if newest, found := k.newest(); !found || newest.algorithm != algorithm {
		if _, err := k.Rotate(ctx); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Reload reads the keys again, for those that another node has added. Lookups
// of unknown key ids do so by themselves, at most every ten seconds.
func (k *Keyring) Reload(ctx context.Context) error {
	keys, err := k.read(ctx)
	if errors.Is(ctx.Err(), context.Canceled) {
		return err // by a client that has gone, which says nothing about the store
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readAt, k.readErr = k.now(), err
	if err == nil {
		k.keys = keys
	}
	return err
}

func (k *Keyring) read(ctx context.Context) ([]signingKey, error) {
	stored, err := k.store.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKeysUnread, err)
	}
	keys := make([]signingKey, 0, len(stored))
	for _, s := range stored {
		key, err := openKey(s, k.secrets)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Rotate appends a new key and returns its key id. It is published at once, signs
// after the Publish time, and the keys before it go on verifying. The first key
// of all signs at once. Where another node has just appended one, that is the
// new key, and Rotate returns its key id.
func (k *Keyring) Rotate(ctx context.Context) (string, error) {
	now := k.now().UTC().Truncate(time.Millisecond)
	template := StoredKey{Algorithm: k.algorithm, CreatedAt: now, ActiveFrom: now}
	if newest, found := k.newest(); found {
		template.Follows, template.ActiveFrom = newest.id, now.Add(k.publish)
	}
	stored, err := generateKey(template, k.secrets)
	if err != nil {
		return "", err
	}
	if _, err := k.store.AddSigningKey(ctx, stored); err != nil {
		return "", fmt.Errorf("store the new signing key: %w", err)
	}
	if err := k.Reload(ctx); err != nil {
		return "", err
	}
	newest, _ := k.newest()
	return newest.id, nil
}

func (k *Keyring) newest() (signingKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if len(k.keys) == 0 {
		return signingKey{}, false
	}
	return k.keys[len(k.keys)-1], true
}

// active is the key that signs at that time: the newest of those whose time has
// come. The first key serves when no time has come, because a clock was set back.
func (k *Keyring) active(at time.Time) (signingKey, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, key := range slices.Backward(k.keys) {
		if !key.activeFrom.After(at) {
			return key, nil
		}
	}
	if len(k.keys) == 0 {
		return signingKey{}, fmt.Errorf("%w: none in the keyring", ErrKey)
	}
	return k.keys[0], nil
}

// lookup finds a key by its id, in the store too where it may be a new one.
func (k *Keyring) lookup(ctx context.Context, id string) (signingKey, error) {
	if key, found := k.known(id); found {
		return key, nil
	}
	if id != "" {
		if err := k.reloadSeldom(ctx); err != nil {
			return signingKey{}, err
		}
	}
	if key, found := k.known(id); found {
		return key, nil
	}
	return signingKey{}, errors.New("unknown key id")
}

// reloadSeldom is Reload, or how the last one went if that was a moment ago. A
// failure counts as long: whether the key exists is still not known, and a store
// in trouble has the same peace as a sound one.
func (k *Keyring) reloadSeldom(ctx context.Context) error {
	k.asking.Lock()
	defer k.asking.Unlock()
	k.mu.RLock()
	age, err := k.now().Sub(k.readAt), k.readErr
	k.mu.RUnlock()
	if age < reloadPause {
		return err
	}
	return k.Reload(ctx)
}

func (k *Keyring) known(id string) (signingKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	i := slices.IndexFunc(k.keys, func(key signingKey) bool { return key.id == id })
	if i < 0 {
		return signingKey{}, false
	}
	return k.keys[i], true
}
