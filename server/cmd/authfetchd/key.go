package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/token"
)

// keys is the command key. Its commands work also while servers run on the same
// directory.
func keys() group {
	return group{name: "key", about: `
Lists, rotates and revokes the keys that sign access tokens. Servers on the same
data obey within a minute; they rotate keys by themselves, too.

  authfetchd key list --data DIR`, commands: []command{
		{"list", "", "list the keys, the oldest first", listKeys},
		{"rotate", "", "make a new key, which signs ten minutes from now", rotateKey},
		{"revoke", "KEY", "stop trusting a key at once; sessions live on", revokeKey},
	}}
}

const listKeysAbout = `
Lists the signing keys, the oldest first: the key id that tokens and the JWKS
document name, the algorithm, when it was made, from when on it signs, and what
it does now: published, signs, verifies, revoked.

  authfetchd key list --data DIR`

func listKeys(ctx context.Context, args []string, sys system) (err error) {
	o := newOptions("key list", "key list [options]", listKeysAbout)
	var at place
	o.place(&at, "where the database is")
	asJSON := o.Bool("json", false, "print one JSON object a line")
	o.once = []string{"json"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	d, err := openExisting(ctx, at, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	stored, err := d.store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(sys.out, 0, 0, 2, ' ', 0)
	lines := json.NewEncoder(sys.out)
	if !*asJSON {
		_, _ = fmt.Fprintln(table, "KEY\tALGORITHM\tCREATED\tSIGNS FROM\tSTATE") // Flush has the error
	}
	for i, state := range token.KeyStates(stored, sys.clock()) {
		line := newKeyLine(stored[i], state)
		if *asJSON {
			if err := lines.Encode(line); err != nil {
				return err
			}
			continue
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", line.ID, line.Algorithm, line.CreatedAt, line.SignsFrom,
			strings.TrimSpace(line.State+" "+line.RevokedAt))
	}
	return table.Flush()
}

// keyLine is a line of --json.
type keyLine struct {
	ID        string `json:"id"`
	Algorithm string `json:"algorithm"`
	CreatedAt string `json:"created_at"`
	SignsFrom string `json:"signs_from"`
	State     string `json:"state"`
	RevokedAt string `json:"revoked_at,omitempty"`
}

func newKeyLine(key token.StoredKey, state token.KeyState) keyLine {
	line := keyLine{
		ID: key.ID, Algorithm: string(key.Algorithm), State: string(state),
		CreatedAt: key.CreatedAt.Format(time.RFC3339), SignsFrom: key.ActiveFrom.Format(time.RFC3339),
	}
	if !key.RevokedAt.IsZero() {
		line.RevokedAt = key.RevokedAt.Format(time.RFC3339)
	}
	return line
}

const rotateKeyAbout = `
Makes a new signing key. It is published in the JWKS document at once and signs
ten minutes from now, so that whoever verifies our tokens knows it by then. The
keys before it go on verifying for as long as a token of them may be about.

Servers do this by themselves every 30 days. A key that somebody else may have
is to be revoked instead.

  authfetchd key rotate --data DIR`

func rotateKey(ctx context.Context, args []string, sys system) error {
	o := newOptions("key rotate", "key rotate [options]", rotateKeyAbout)
	k := keyOptions(o)
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	return k.open(ctx, sys, func(keys *token.Keyring) error {
		id, err := keys.Rotate(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sys.out, "added %s; it is published now and signs from %s on\n", id, sys.clock().Add(token.DefaultPublish).UTC().Format(time.RFC3339))
		return err
	})
}

const revokeKeyAbout = `
Revokes a signing key that somebody else may have, and destroys its private
part. Within a minute no server on this data accepts an access token that it
signed. Nobody is signed out: the clients refresh, and get tokens of another
key. If it was the key that signs, a fresh one signs at once, without having
been published before.

Other servers that verify by the JWKS document forget the key when their copy of
the document is out of date, in five minutes at most; start them anew if that is
too long.

  authfetchd key revoke --data DIR KEY`

func revokeKey(ctx context.Context, args []string, sys system) error {
	o := newOptions("key revoke", "key revoke [options] KEY", revokeKeyAbout)
	k := keyOptions(o)
	if err := o.parse(keyIDLast(args), sys); err != nil {
		return err
	}
	switch {
	case o.NArg() == 0:
		return o.wrong(errors.New("key revoke needs a key id; \"key list\" shows them"))
	case o.NArg() > 1:
		return o.wrong(fmt.Errorf("unexpected argument %q; options come before the key id", o.Arg(1)))
	}
	return k.open(ctx, sys, func(keys *token.Keyring) error {
		err := keys.Revoke(ctx, o.Arg(0))
		if errors.Is(err, token.ErrUnknownKey) {
			return fmt.Errorf("no key has the id %q; \"key list\" shows the ids", o.Arg(0))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(sys.out, "revoked %s; servers refuse its access tokens within a minute, and sessions live on\n", o.Arg(0))
		return err
	})
}

// keyIDLast keeps a key id from being taken for an option: one in 64 begins with a
// dash.
func keyIDLast(args []string) []string {
	const size = 43 // of SHA-256 in base64url, RFC 7638
	last := len(args) - 1
	if last < 0 || len(args[last]) != size || !strings.HasPrefix(args[last], "-") {
		return args
	}
	return append(append(append([]string{}, args[:last]...), "--"), args[last])
}

// keyPlace is where keys are, and the secret that they are sealed with.
type keyPlace struct {
	place
	secretFile string // empty: in the data directory
}

func keyOptions(o *options) *keyPlace {
	k := new(keyPlace)
	o.place(&k.place, "where the database is")
	o.StringVar(&k.secretFile, "secret-file", "", "`file`: the server secret (default: the file \"secret\" in the data directory)")
	return k
}

func (k *keyPlace) secretPath() string { return cmp.Or(k.secretFile, k.defaultSecret()) }

// open calls f with the keys of the database. New keys are sealed with the secret
// that the servers use, which the file may be ahead of.
func (k *keyPlace) open(ctx context.Context, sys system, f func(*token.Keyring) error) (err error) {
	d, err := openExisting(ctx, k.place, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	set, err := secret.ReadFile(k.secretPath())
	if err != nil {
		return fmt.Errorf("%w; name the file that the servers use with --secret-file", err)
	}
	if set, err = d.store.MintingSecret(ctx, set); err != nil {
		return fmt.Errorf("%s: %w", k.secretPath(), err)
	}
	keys, err := token.OpenKeyring(ctx, token.KeyringConfig{Store: d.store, Secrets: set, Now: sys.clock})
	if err != nil {
		return err
	}
	return f(keys)
}
