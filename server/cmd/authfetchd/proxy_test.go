package main_test

import (
	"bufio"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/authfetch/authfetch/server/store/pgstore/pgtest"
)

// proxy is a program that stands before several nodes.
type proxy struct {
	name, language string // of the block in FLEET.md that configures it
	// configure makes a whole configuration of the block, in a directory that has
	// certificate.pem and key.pem, and returns the arguments to run it with.
	configure func(t *testing.T, block, address, dir string) []string
	ready     string // what it says when it can be reached
	repeats   bool   // whether it sends a refresh again that a node has not answered
}

func proxies() []proxy {
	return []proxy{
		{"nginx", "nginx", configureNginx, "start worker process ", true},
		{"caddy", "caddyfile", configureCaddy, "serving initial configuration", false},
	}
}

// The configurations that FLEET.md recommends, with real proxies and three nodes, of
// which one is away.
func TestProxies(t *testing.T) {
	for _, p := range proxies() {
		t.Run(p.name, func(t *testing.T) {
			program := p.find(t)
			data := filepath.Join(t.TempDir(), "data")
			url := pgtest.Shared(t).Database(t)
			var nodes [2]daemon
			for i := range nodes {
				nodes[i] = serve(t, "--data", data, "--database", url, "--issuer", "https://api.example.com",
					"--trusted-proxy", "127.0.0.1", "--demo")
			}
			site := p.start(t, program, hostOf(nodes[0].url), hostOf(nodes[1].url), nobody(t))

			d := newDevice(rand.New(rand.NewPCG(1, 2)), demoEmail, demoPassword)
			d.http = site.client
			d.wantLogin(t, site.url)
			for range 10 {
				d.refresh(t, site.url)
				d.wantUser(t, site.url)
			}
			got, err := d.send(t, http.MethodGet, site.url+"/api/users/me", d.session, nil)
			if err != nil || got.header.Get("Strict-Transport-Security") == "" {
				t.Errorf("the node does not know that it is reached by HTTPS: %v (%v)", got.header, err)
			}
			nodes[0].stop()
			for range 10 {
				d.refresh(t, site.url)
			}
			if !p.repeats {
				return
			}
			// A node that takes requests and dies over them.
			site = p.start(t, program, hostOf(nodes[1].url), mute(t), mute(t))
			d.http = site.client
			for range 5 {
				d.refresh(t, site.url)
			}
		})
	}
}

// find finds the program, or skips the test.
func (p proxy) find(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath(p.name); err == nil {
		return path
	}
	found, _ := filepath.Glob(filepath.Join(root, ".build/proxies/usr/*bin", p.name)) // the pattern is sound
	if len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", p.name)
		}
		t.Skipf("%s is missing: scripts/install-proxies brings it", p.name)
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// proxied is how to reach the nodes by way of a proxy.
type proxied struct {
	url    string
	client *http.Client
}

// start starts it before the nodes, and stops it when the test ends.
func (p proxy) start(t *testing.T, program string, nodes ...string) proxied {
	t.Helper()
	dir := t.TempDir()
	block := fleetBlock(t, p.language)
	for i, node := range nodes {
		block = strings.ReplaceAll(block, fmt.Sprintf("10.0.0.1%d:8080", i+1), node)
	}
	address, client := nobody(t), certify(t, dir)
	cmd := exec.CommandContext(t.Context(), program, p.configure(t, block, address, dir)...)
	cmd.Dir, cmd.Env = dir, []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), p.ready) {
		fmt.Fprintln(&said, lines.Text())
	}
	if !strings.Contains(lines.Text(), p.ready) {
		t.Fatalf("%s does not start:\n%s", p.name, &said)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines.Scan() {
			fmt.Fprintln(&said, lines.Text())
		}
	}()
	t.Cleanup(func() {
		client.CloseIdleConnections()
		<-done
		_ = cmd.Wait() // it was told to end
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, &said)
		}
	})
	return proxied{"https://" + address, client}
}

// configureNginx puts the block where nginx.conf includes it.
func configureNginx(t *testing.T, block, address, dir string) []string {
	t.Helper()
	block = strings.NewReplacer("listen 443", "listen "+address, "/etc/ssl/api.example.com.pem", "certificate.pem",
		"/etc/ssl/api.example.com.key", "key.pem").Replace(block)
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + dir + ";\n"
	}
	write(t, filepath.Join(dir, "nginx.conf"), "daemon off;\npid nginx.pid;\nerror_log stderr notice;\nevents {}\nhttp {\naccess_log off;\n"+temporary+block+"}\n")
	return []string{"-p", dir, "-c", "nginx.conf"}
}

// configureCaddy gives the block a certificate, which Caddy would get by itself.
func configureCaddy(t *testing.T, block, address, dir string) []string {
	t.Helper()
	block = strings.Replace(block, "api.example.com {", "https://"+address+" {\n\ttls certificate.pem key.pem", 1)
	write(t, filepath.Join(dir, "Caddyfile"), "{\n\tadmin off\n\tauto_https disable_redirects\n}\n"+block)
	return []string{"run", "--config", "Caddyfile"}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fleetBlock is the block of FLEET.md in that language, of which there is one.
func fleetBlock(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "server/FLEET.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "\n```"+language+"\n")
	block, _, closed := strings.Cut(block, "\n```\n")
	if !found || !closed {
		t.Fatalf("FLEET.md has no block of %s", language)
	}
	return block + "\n"
}

// certify puts a certificate into the directory, and returns a client that trusts it.
func certify(t *testing.T, dir string) *http.Client {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "certificate.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})))
	write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	return server.Client()
}

func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }

// nobody is an address of this machine where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// mute is the address of a node that reads a request and is killed over it.
func mute(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() }) // nothing depends on it any more
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn)) // whatever it was
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}
