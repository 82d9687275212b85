package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Rotate appends a new key and returns its key id. It is published at once, signs
// after the Publish time, and the keys before it go on verifying. Where another
// node has just appended one, that is the new key, and Rotate returns its key id.
func (k *Keyring) Rotate(ctx context.Context) (string, error) {
	known, err := k.copied.Get(ctx)
	if err != nil {
		return "", err
	}
	newest := known[len(known)-1].public.ID
	keys, err := k.change(ctx, func(keys chain) (chain, error) {
		if last, found := keys.newest(); found && last.ID != newest {
			return keys, nil
		}
		return k.append(keys, k.now().Add(k.config.Publish))
	})
	if err != nil {
		return "", err
	}
	last, _ := keys.newest()
	return last.ID, k.Reload(ctx)
}

// Revoke is for a key that somebody else may have: within a minute no node
// verifies with it any more, so that the access tokens which it has signed are
// refused. Sessions live on, and their clients refresh. The private part is
// destroyed. Where the key was the one that signs, a fresh one takes its place at
// once, unpublished: the other nodes look it up when they meet a token of it, and
// so do other servers that follow the JWKS document.
//
// A key that is revoked already stays as it is. The error wraps ErrUnknownKey
// where there is none with that id.
func (k *Keyring) Revoke(ctx context.Context, id string) error {
	_, err := k.change(ctx, func(keys chain) (chain, error) {
		if !slices.ContainsFunc(keys, func(key StoredKey) bool { return key.ID == id }) {
			return nil, fmt.Errorf("%w: %q", ErrUnknownKey, id)
		}
		now := k.now()
		signs := keys.signer(now)
		after := keys.revoke(id, now)
		if _, left := after.newest(); !left || (signs >= 0 && keys[signs].ID == id) {
			return k.append(after, now)
		}
		return after, nil
	})
	if err != nil {
		return err
	}
	return k.Reload(ctx)
}

// Upkeep is what Maintain did. The zero Upkeep: nothing was due.
type Upkeep struct {
	Added    string   // key id of the new key
	Stripped []string // key ids of those whose private part is gone
	Removed  []string // key ids of those that no token can name any more
}

// IsZero tells whether nothing was done.
func (u Upkeep) IsZero() bool { return u.Added == "" && len(u.Stripped) == 0 && len(u.Removed) == 0 }

// Maintain does what is due: it appends a key when the newest has signed for
// RotateEvery, destroys the private part of keys that sign no more, and removes
// keys when Keep is over. Call it hourly, say; any number of nodes may do so at
// once, and one of them does it.
func (k *Keyring) Maintain(ctx context.Context) (Upkeep, error) {
	var done Upkeep
	_, err := k.change(ctx, func(keys chain) (after chain, err error) {
		now := k.now()
		after = slices.Clone(keys.without(now.Add(-k.config.Keep)))
		done = Upkeep{Removed: ids(keys[:len(keys)-len(after)])}
		for i := range after {
			// A node whose clock is behind may still sign with it for a moment.
			if after[i].revoked() || !after.retired(i, now.Add(-k.config.Publish)) {
				continue
			}
			before := after[i]
			if after[i], err = stripKey(before, k.config.Secrets); err != nil {
				return nil, err
			}
			if !after[i].Equal(before) {
				done.Stripped = append(done.Stripped, before.ID)
			}
		}
		if k.config.RotateEvery < 0 || !after.due(now, k.config.RotateEvery, k.config.Publish) {
			return after, nil
		}
		if after, err = k.append(after, now.Add(k.config.Publish)); err == nil {
			done.Added = after[len(after)-1].ID
		}
		return after, err
	})
	if err != nil {
		return Upkeep{}, fmt.Errorf("maintain the signing keys: %w", err)
	}
	if done.IsZero() {
		return done, nil
	}
	return done, k.Reload(ctx)
}

func ids(keys []StoredKey) []string {
	var ids []string
	for _, key := range keys {
		ids = append(ids, key.ID)
	}
	return ids
}

// append makes a key that signs from then on.
func (k *Keyring) append(keys chain, activeFrom time.Time) (chain, error) {
	template := StoredKey{Algorithm: k.config.Algorithm, CreatedAt: k.now(), ActiveFrom: activeFrom}
	if len(keys) > 0 {
		last := keys[len(keys)-1]
		template.Follows = last.ID
		if template.Algorithm == "" {
			template.Algorithm = last.Algorithm
		}
	}
	if template.Algorithm == "" {
		template.Algorithm = ES256
	}
	key, err := generateKey(template, k.config.Secrets)
	if err != nil {
		return nil, err
	}
	return append(slices.Clip(keys), key), nil
}

// maxAttempts bounds how often a change is decided on anew because another node
// was faster. Keys change a few times a year; a few suffice.
const maxAttempts = 8

// change applies a decision to the stored keys, and returns them as they are then.
func (k *Keyring) change(ctx context.Context, decide func(chain) (chain, error)) (chain, error) {
	for range maxAttempts {
		before, err := k.config.Store.SigningKeys(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the signing keys: %w", err)
		}
		after, err := decide(before)
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(before, after, StoredKey.Equal) {
			return after, nil
		}
		done, err := k.config.Store.ReplaceSigningKeys(ctx, before, after)
		if err != nil {
			return nil, fmt.Errorf("store the signing keys: %w", err)
		}
		if done {
			return after, nil
		}
	}
	return nil, errors.New("change the signing keys: other nodes keep changing them")
}

// now is the time in the precision of a store.
func (k *Keyring) now() time.Time { return k.config.Now().UTC().Truncate(time.Millisecond) }
