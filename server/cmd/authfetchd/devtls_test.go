package main_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	main "github.com/authfetch/authfetch/server/cmd/authfetchd"
)

func TestDevTLS(t *testing.T) {
	data := t.TempDir()
	d := serve(t, "--demo", "--data", data, "--dev-tls")
	if !strings.HasPrefix(d.url, "https://127.0.0.1:") {
		t.Fatalf("listens on %s", d.url)
	}
	kept, err := os.ReadFile(filepath.Join(data, "dev-cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(kept) {
		t.Fatalf("no certificate:\n%s", kept)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	t.Cleanup(client.CloseIdleConnections)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		for _, path := range []string{"/authfetch.js", "/healthz"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(d.url, "127.0.0.1", host, 1)+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close() // the headers are what counts
			if res.StatusCode != 200 || res.ProtoMajor != 2 {
				t.Errorf("%s at %s: %d over %s", path, host, res.StatusCode, res.Proto)
			}
			if got := res.Header.Get("Strict-Transport-Security"); got != "" {
				t.Errorf("%s tells the browser %q about localhost", path, got)
			}
		}
	}
	if got := d.stop().out; !strings.Contains(got, "the certificate signs itself") {
		t.Errorf("printed\n%s", got)
	}
	t.Run("a second start has the same one", func(t *testing.T) {
		serve(t, "--data", data, "--dev-tls").stop()
		if again, err := os.ReadFile(filepath.Join(data, "dev-cert.pem")); err != nil || string(again) != string(kept) {
			t.Errorf("another certificate, error %v", err)
		}
	})
}

func TestDevCertificateIsRenewed(t *testing.T) {
	const day = 24 * time.Hour
	dir, start := t.TempDir(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, err := main.DevCertificate(dir, start)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		at   time.Time
		same bool
	}{
		{"at once", start, true},
		{"83 days later but for a second", start.Add(83*day - time.Second), true},
		{"83 days later", start.Add(83 * day), false},
		{"long over", start.Add(1000 * day), false},
		{"a clock put back", start.Add(-2 * time.Hour), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			got, err := main.DevCertificate(copied, row.at)
			if err != nil {
				t.Fatal(err)
			}
			if same := got.Leaf.Equal(first.Leaf); same != row.same {
				t.Errorf("the same certificate: %v, want %v", same, row.same)
			}
			if row.at.Before(got.Leaf.NotBefore) || !row.at.Before(got.Leaf.NotAfter) {
				t.Errorf("valid from %v to %v", got.Leaf.NotBefore, got.Leaf.NotAfter)
			}
			if got.Leaf.IsCA {
				t.Error("it can sign others")
			}
			for _, name := range []string{"dev-cert.pem", "dev-key.pem"} {
				if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, error %v", name, info.Mode(), err)
				}
			}
		})
	}
}
