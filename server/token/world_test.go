package token_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
	"github.com/authfetch/authfetch/server/token"
)

const issuer = "https://api.example.com"

// base is when the tests begin.
var base = time.Date(2026, 5, 1, 12, 0, 0, 300_000_000, time.UTC)

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is an authority over keys in a real database.
type world struct {
	*clock
	path      string
	secrets   secret.Set
	store     *sqlitestore.Store
	keys      *token.Keyring
	authority *token.Authority
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{clock: &clock{now: base}, path: filepath.Join(t.TempDir(), "test.db"), secrets: secret.Generate()}
	w.store = w.open(t)
	w.keys = w.keyring(t, token.KeyringConfig{})
	w.authority = w.newAuthority(t, token.Config{})
	return w
}

func (w *world) open(t testing.TB) *sqlitestore.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// keyring opens a keyring; what the configuration lacks is the world's.
func (w *world) keyring(t testing.TB, config token.KeyringConfig) *token.Keyring {
	t.Helper()
	if config.Store == nil {
		config.Store = w.store
	}
	if config.Secrets.IsZero() {
		config.Secrets = w.secrets
	}
	config.Now = w.Now
	keys, err := token.OpenKeyring(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// newAuthority makes an authority; what the configuration lacks is the world's.
func (w *world) newAuthority(t testing.TB, config token.Config) *token.Authority {
	t.Helper()
	if config.Issuer == "" {
		config.Issuer = issuer
	}
	if config.Keys == nil {
		config.Keys = w.keys
	}
	config.Now = w.Now
	authority, err := token.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func grant() token.Grant {
	return token.Grant{UserID: "u", SessionID: "s", Generation: 3, AuthTime: base.Add(-time.Hour)}
}

func mint(t testing.TB, authority *token.Authority, grant token.Grant) token.Minted {
	t.Helper()
	minted, err := authority.Mint(t.Context(), grant)
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

// private takes the first signing key out of the database, so that a test can
// sign what an authority never would. It returns its key id too.
func (w *world) private(t testing.TB) (*ecdsa.PrivateKey, string) {
	t.Helper()
	stored, err := w.store.SigningKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := w.secrets.Open(stored[0].Sealed, "signing key "+stored[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(plain.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return key.(*ecdsa.PrivateKey), stored[0].ID
}

// sign signs any header and claims with any key.
func sign(t testing.TB, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	unsigned := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		if unsigned.Header[name] = value; value == nil {
			delete(unsigned.Header, name)
		}
	}
	signed, err := unsigned.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// otherKey is a key that no authority knows.
func otherKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// fixedKeys is a database that somebody has tampered with.
type fixedKeys []token.StoredKey

func (f fixedKeys) SigningKeys(context.Context) ([]token.StoredKey, error) { return f, nil }

func (f fixedKeys) ReplaceSigningKeys(context.Context, []token.StoredKey, []token.StoredKey) (bool, error) {
	return false, nil
}
