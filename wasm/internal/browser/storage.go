//go:build js && wasm

package browser

import (
	"errors"
	"strconv"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/session"
	"github.com/hack-pad/safejs"
)

// Storage keeps the access token in localStorage or sessionStorage: the token
// itself under the key, as other scripts of the page expect it there, and
// beside it when it expires by the wall clock. It implements [session.Storage].
type Storage struct {
	area area
	key  string
}

var _ session.Storage = (*Storage)(nil)

// expirySuffix follows the key under which the token is stored.
const expirySuffix = ".expires_at"

var errForeignValue = errors.New("what is stored under its key is no access token")

// Storage returns the named storage of the page, "localStorage" or
// "sessionStorage". One that the browser blocks fails at its first use.
func (r *Realm) Storage(name, key string) *Storage {
	return &Storage{area: r.area(name), key: key}
}

// Load reads the token. Another application's value under the key is an error,
// and is left alone.
func (s *Storage) Load() (session.Stored, error) {
	token, err := s.area.get(s.key)
	if err != nil || token == "" {
		return session.Stored{}, err
	}
	if !isToken(token) {
		return session.Stored{}, errForeignValue
	}
	stored := session.Stored{
		AccessToken: session.AccessToken(token),
		Claims:      s.area.realm.Claims(token),
	}
	expiry, err := s.area.get(s.key + expirySuffix)
	if ms, ok := s.area.realm.number(expiry); err == nil && ok {
		stored.ExpiresAt = session.Wall(ms * float64(time.Millisecond))
	}
	return stored, nil
}

// Save writes the token. An error may leave the one before in place.
func (s *Storage) Save(stored session.Stored) error {
	if err := s.area.remove(s.key + expirySuffix); err != nil {
		return err
	}
	if err := s.area.set(s.key, string(stored.AccessToken)); err != nil {
		return err
	}
	if stored.ExpiresAt == 0 {
		return nil
	}
	return s.area.set(s.key+expirySuffix, strconv.FormatInt(time.Duration(stored.ExpiresAt).Milliseconds(), 10))
}

// Clear removes the token.
func (s *Storage) Clear() error {
	if err := s.area.remove(s.key); err != nil {
		return err
	}
	return s.area.remove(s.key + expirySuffix)
}

// area is one of the page's two storages, with its methods as they were when the
// session began. It is not part of the realm, because a worker has none.
type area struct {
	realm                     *Realm
	getItem, setItem, delItem safejs.Value
	err                       error
}

var errNoStorage = errors.New("the browser offers no storage here")

func (r *Realm) area(name string) area {
	a := area{realm: r}
	// Where storage is blocked, the property itself throws.
	object, err := r.Read(r.global, name)
	if err == nil && TypeOf(object) != safejs.TypeObject {
		err = errNoStorage
	}
	for _, method := range []struct {
		name string
		into *safejs.Value
	}{{"getItem", &a.getItem}, {"setItem", &a.setItem}, {"removeItem", &a.delItem}} {
		if err == nil {
			*method.into, err = r.call(bind, r.Property(object, method.name), object)
		}
	}
	a.err = err
	return a
}

func (a area) get(key string) (string, error) {
	v, err := a.do(a.getItem, key)
	return Text(v), err
}

func (a area) set(key, value string) error {
	_, err := a.do(a.setItem, key, value)
	return err
}

func (a area) remove(key string) error {
	_, err := a.do(a.delItem, key)
	return err
}

func (a area) do(method safejs.Value, args ...any) (safejs.Value, error) {
	if a.err != nil {
		return safejs.Undefined(), a.err
	}
	v, err := method.Invoke(args...)
	return v, a.realm.thrown(err)
}
