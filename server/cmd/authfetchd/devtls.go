package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	devCertName = "dev-cert.pem"
	devKeyName  = "dev-key.pem"
	devCertLife = 90 * 24 * time.Hour
	// devCertSpare is how long a certificate is good for at least when it is used
	// once more.
	devCertSpare = 7 * 24 * time.Hour
)

// devCertificate is a certificate for this machine that signs itself. It stays in
// the data directory, so that a browser in which it was let through or trusted
// knows it again.
func devCertificate(dir string, now time.Time) (tls.Certificate, error) {
	certFile, keyFile := filepath.Join(dir, devCertName), filepath.Join(dir, devKeyName)
	kept, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil && now.After(kept.Leaf.NotBefore) && now.Add(devCertSpare).Before(kept.Leaf.NotAfter) {
		return kept, nil
	}
	if err := makeDevCertificate(certFile, keyFile, now); err != nil {
		return tls.Certificate{}, fmt.Errorf("--dev-tls: %w", err)
	}
	made, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("--dev-tls: %w", err)
	}
	return made, nil
}

func makeDevCertificate(certFile, keyFile string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "authfetchd --dev-tls"},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(devCertLife),
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		// It is no authority: whoever trusts it trusts it for this machine alone.
		BasicConstraintsValid: true, IsCA: false,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(writePEM(keyFile, "PRIVATE KEY", private), writePEM(certFile, "CERTIFICATE", certificate))
}

// writePEM replaces the file, never with other access than its owner's.
func writePEM(path, kind string, content []byte) error {
	const mode fs.FileMode = 0o600
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), mode)
}

// withoutHSTS takes Strict-Transport-Security out of the answers. A browser that
// trusts the certificate would from then on refuse plain HTTP for every port of
// localhost, whoever listens there.
func withoutHSTS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&lenient{ResponseWriter: w}, r)
	})
}

type lenient struct{ http.ResponseWriter }

func (l *lenient) WriteHeader(status int) {
	l.Header().Del("Strict-Transport-Security")
	l.ResponseWriter.WriteHeader(status)
}

func (l *lenient) Write(b []byte) (int, error) {
	l.Header().Del("Strict-Transport-Security")
	return l.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (l *lenient) Unwrap() http.ResponseWriter { return l.ResponseWriter }
