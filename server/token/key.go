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
	id         string
	algorithm  Algorithm
	public     crypto.PublicKey
	private    crypto.Signer
	activeFrom time.Time
}

// sealedFor is the associated data of a sealed private key. It ties the private
// part to its key id, so that two rows of the database cannot be exchanged.
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
	sealed, err := secrets.Seal(secret.New(plain), sealedFor(jwk.KeyID))
	if err != nil {
		return StoredKey{}, fmt.Errorf("seal a signing key: %w", err)
	}
	key := template
	key.ID, key.Private = jwk.KeyID, sealed
	return key, nil
}

// openKey makes a stored key ready for use. The public part comes out of the
// sealed one, which nobody without the secret can have written: whoever can write
// to the database alone cannot make us trust another key.
func openKey(stored StoredKey, secrets secret.Set) (signingKey, error) {
	plain, err := secrets.Open(stored.Private, sealedFor(stored.ID))
	if err != nil {
		return signingKey{}, fmt.Errorf("%w %s: the server secret is not the one that sealed it: %w", ErrKey, stored.ID, err)
	}
	decoded, err := x509.ParsePKCS8PrivateKey(plain.Reveal())
	if err != nil {
		return signingKey{}, fmt.Errorf("%w %s: not PKCS #8", ErrKey, stored.ID)
	}
	private, ok := decoded.(crypto.Signer)
	if !ok || !stored.Algorithm.fits(private.Public()) {
		return signingKey{}, fmt.Errorf("%w %s: not a key for %q", ErrKey, stored.ID, stored.Algorithm)
	}
	return signingKey{
		id: stored.ID, algorithm: stored.Algorithm,
		public: private.Public(), private: private, activeFrom: stored.ActiveFrom,
	}, nil
}
