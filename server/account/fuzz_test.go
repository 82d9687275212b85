package account_test

import (
	"testing"

	"github.com/authfetch/authfetch/server/account"
)

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=064,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$2a$10$N9qo8uLOickgx2ZMRZoMye")
	f.Add("")
	f.Fuzz(func(t *testing.T, encoded string) {
		h, err := account.ParseHash(encoded)
		if err != nil && h != (account.Hash{}) {
			t.Error("an error, and a hash all the same")
		}
		// One hash has one spelling, which updates of a hash compare.
		if err == nil && h.Encode() != encoded {
			t.Errorf("read %q, wrote %q", encoded, h.Encode())
		}
	})
}

func FuzzNormalizeEmail(f *testing.F) {
	f.Add(" Ada@Example.com ")
	f.Add("JOSE\u0301@example.com")
	f.Add("\u0130@\u212a.example")
	f.Add("\u0386\u0345@example.com")
	f.Add("ada@@example.com")
	f.Fuzz(func(t *testing.T, email string) {
		normal, err := account.NormalizeEmail(email)
		if err != nil {
			return
		}
		// What is stored has to be found again by what is stored.
		if again, err := account.NormalizeEmail(normal); err != nil || again != normal {
			t.Errorf("%q becomes %q, and that becomes %q, error %v", email, normal, again, err)
		}
	})
}

func FuzzCheckPassword(f *testing.F) {
	f.Add("correct horse")
	f.Add("cafe\u0301 au lait")
	f.Add("1234567")
	f.Add("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8")
	f.Fuzz(func(t *testing.T, password string) {
		normal, err := account.CheckPassword(password)
		if err != nil {
			return
		}
		// A password that was taken once can be typed again in either form.
		if again, err := account.CheckPassword(normal); err != nil || again != normal {
			t.Errorf("%q becomes %q, and that becomes %q, error %v", password, normal, again, err)
		}
	})
}
