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
// itself under the key, as other scripts of the page expect it there, and beside it
// when it expires by the wall clock and which login it is from. It implements
// [session.Storage].
type Storage struct {
	area area
	key  string
}

var _ session.Storage = (*Storage)(nil)

// What follows the key under which the token is stored.
const (
	expirySuffix = ".expires_at" // milliseconds since 1970
	loginSuffix  = ".login"      // [session.Stored.Login]
)

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
	stored.ExpiresAt = session.Wall(s.number(expirySuffix) * float64(time.Millisecond))
	stored.Login = int64(s.number(loginSuffix))
	return stored, nil
}

// number reads what is stored beside the token; zero where there is no number.
func (s *Storage) number(suffix string) float64 {
	text, err := s.area.get(s.key + suffix)
	if err != nil {
		return 0
	}
	n, _ := s.area.realm.number(text)
	return limited(n, 1<<53)
}

// Save writes the token. An error may leave the one before in place.
func (s *Storage) Save(stored session.Stored) error {
	if err := s.area.remove(s.key + expirySuffix); err != nil {
		return err
	}
	if err := s.area.set(s.key+loginSuffix, strconv.FormatInt(stored.Login, 10)); err != nil {
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
	for _, suffix := range []string{"", expirySuffix, loginSuffix} {
		if err := s.area.remove(s.key + suffix); err != nil {
			return err
		}
	}
	return nil
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
