package token

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/authfetch/authfetch/server/secret"
)

// signingKey is a key that is ready for use.
type signingKey struct {
	public     PublicKey
	private    crypto.Signer // nil: it only verifies
	activeFrom time.Time
}

// sealedFor is the associated data of a sealed key. It ties the key to its key
// id, so that two rows of the database cannot be exchanged.
func sealedFor(id string) string { return "signing key " + id }

// generateKey makes a key pair and fills the template with it.
func generateKey(template StoredKey, secrets secret.Set) (StoredKey, error) {
	private, err := template.Algorithm.generate()
	if err != nil {
		return StoredKey{}, fmt.Errorf("generate a signing key: %w", err)
	}
	jwk, err := newJWK(template.Algorithm, private.Public())
	if err != nil {
		return StoredKey{}, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return StoredKey{}, fmt.Errorf("encode a signing key: %w", err)
	}
	key := template
	key.ID = jwk.KeyID
	key.Sealed, err = secrets.Seal(secret.New(plain), sealedFor(key.ID))
	if err != nil {
		return StoredKey{}, fmt.Errorf("seal a signing key: %w", err)
	}
	return key, nil
}

// openKey makes a stored key ready for use. The public half comes out of what is
// sealed, which nobody without the secret can have written: whoever can write to
// the database alone cannot make us trust another key.
func openKey(stored StoredKey, secrets secret.Set) (signingKey, error) {
	plain, err := unseal(stored, secrets)
	if err != nil {
		return signingKey{}, err
	}
	key := signingKey{
		public:     PublicKey{ID: stored.ID, Algorithm: stored.Algorithm},
		activeFrom: stored.ActiveFrom,
	}
	if pair, err := x509.ParsePKCS8PrivateKey(plain.Reveal()); err == nil {
		key.private, _ = pair.(crypto.Signer)
	}
	if key.private != nil {
		key.public.Key = key.private.Public()
	} else if key.public.Key, err = x509.ParsePKIXPublicKey(plain.Reveal()); err != nil {
		return signingKey{}, fmt.Errorf("%w %s: neither PKCS #8 nor PKIX", ErrKey, stored.ID)
	}
	if !key.public.sound() {
		return signingKey{}, fmt.Errorf("%w %s: not a key for %q", ErrKey, stored.ID, stored.Algorithm)
	}
	return key, nil
}

// stripKey removes the private part of a stored key for good: it cannot be stolen
// with a copy of the database any more.
func stripKey(stored StoredKey, secrets secret.Set) (StoredKey, error) {
	key, err := openKey(stored, secrets)
	if err != nil || key.private == nil {
		return stored, err
	}
	plain, err := x509.MarshalPKIXPublicKey(key.public.Key)
	if err != nil {
		return StoredKey{}, fmt.Errorf("encode a public key: %w", err)
	}
	stored.Sealed, err = secrets.Seal(secret.New(plain), sealedFor(stored.ID))
	if err != nil {
		return StoredKey{}, fmt.Errorf("seal a public key: %w", err)
	}
	return stored, nil
}

// resealKey seals a stored key with the secret that mints now, so that the one
// before it can go.
func resealKey(stored StoredKey, secrets secret.Set) (StoredKey, error) {
	if stored.revoked() || secret.SealedBy(stored.Sealed) == secrets.Primary().ID {
		return stored, nil
	}
	plain, err := unseal(stored, secrets)
	if err != nil {
		return StoredKey{}, err
	}
	stored.Sealed, err = secrets.Seal(plain, sealedFor(stored.ID))
	if err != nil {
		return StoredKey{}, fmt.Errorf("seal a signing key: %w", err)
	}
	return stored, nil
}

func unseal(stored StoredKey, secrets secret.Set) (secret.Bytes, error) {
	plain, err := secrets.Open(stored.Sealed, sealedFor(stored.ID))
	if err != nil {
		return secret.Bytes{}, fmt.Errorf("%w %s: the server secret is not the one that sealed it: %w", ErrKey, stored.ID, err)
	}
	return plain, nil
}
