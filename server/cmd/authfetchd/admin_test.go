package main_test

import (
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// adminURL is where the daemon says that its admin address is.
func adminURL(t *testing.T, d daemon) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^  admin     (\S+)$`).FindStringSubmatch(d.out)
	if found == nil {
		t.Fatalf("no admin address in\n%s", d.out)
	}
	return found[1]
}

func TestAdminAddress(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--admin-addr", "127.0.0.1:0")
	admin := adminURL(t, d)
	_, s := login(t, d.url, demoEmail, demoPassword)
	refresh(t, d.url, s)
	login(t, d.url, demoEmail, demoPassword+"x")

	t.Run("metrics", func(t *testing.T) {
		res, body := get(t, admin+"/metrics")
		if res.StatusCode != 200 {
			t.Fatalf("%d: %s", res.StatusCode, body)
		}
		for _, want := range []string{
			`authfetch_logins_total{code="ok"} 1`,
			`authfetch_logins_total{code="invalid_credentials"} 1`,
			`authfetch_refreshes_total{code="ok",outcome="rotated"} 1`,
			"authfetch_sessions 1",
			"# TYPE authfetch_build_info gauge",
			"# TYPE go_goroutines gauge",
			"# TYPE process_open_fds gauge",
		} {
			if !strings.Contains(body, want+"\n") {
				t.Errorf("%s is missing in\n%s", want, body)
			}
		}
		for _, secret := range append(strings.Split(s.cookie, "."), demoEmail) {
			if strings.Contains(body, secret) {
				t.Errorf("the metrics contain %q", secret)
			}
		}
	})
	t.Run("each address has its own", func(t *testing.T) {
		for url, want := range map[string]int{
			admin + "/healthz": 200, admin + "/readyz": 200,
			admin + "/api/users/me": 404, admin + "/": 404, admin + "/authfetch.js": 404,
			d.url + "/metrics": 404,
		} {
			if res, _ := get(t, url); res.StatusCode != want {
				t.Errorf("%s: %d, want %d", url, res.StatusCode, want)
			}
		}
	})
	if got := d.stop(); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if conn, err := net.DialTimeout("tcp", strings.TrimPrefix(admin, "http://"), time.Second); err == nil {
		_ = conn.Close() // nothing was sent
		t.Error("somebody still listens on the admin address")
	}
}

func TestNoAdminAddressUnlessAsked(t *testing.T) {
	d := serve(t, "--data", t.TempDir())
	if strings.Contains(d.out, "admin") {
		t.Errorf("printed\n%s", d.out)
	}
}

// While requests are finished after a signal, nobody new is sent here.
func TestNotReadyWhileStopping(t *testing.T) {
	d := serve(t, "--demo", "--data", t.TempDir(), "--admin-addr", "127.0.0.1:0")
	admin := adminURL(t, d)
	finish := halfALogin(t, d.url)
	stopped := make(chan result, 1)
	go func() { stopped <- d.stop() }()
	refused(t, d.url)
	if res, body := get(t, admin+"/readyz"); res.StatusCode != http.StatusServiceUnavailable || body != `{"status":"unavailable"}`+"\n" {
		t.Errorf("readyz: %d %s", res.StatusCode, body)
	}
	if res, _ := get(t, admin+"/healthz"); res.StatusCode != 200 {
		t.Errorf("healthz: %d", res.StatusCode)
	}
	if status := finish(); status != 201 {
		t.Errorf("login: %d", status)
	}
	if got := <-stopped; got.code != 0 {
		t.Errorf("%+v", got)
	}
}

// refused returns once nobody accepts connections there any more.
func refused(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, addr, _ := strings.Cut(url, "://")
	for ctx.Err() == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			return
		}
		_ = conn.Close() // nothing was sent
	}
	t.Fatalf("%s still accepts connections", url)
}
