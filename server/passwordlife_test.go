package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authfetch/authfetch/server/servertest"
)

// A password is good until it is changed: users who have to change it choose
// worse ones.
func TestPasswordsDoNotExpire(t *testing.T) {
	s := start(t)
	signedIn(t, s)
	s.Clock.Advance(20 * 365 * 24 * time.Hour)
	wantStatus(t, s.Browser(t).Login(servertest.Email, servertest.Password), http.StatusCreated)
}
