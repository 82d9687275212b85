package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/authfetch/authfetch/server/secret"
	"github.com/authfetch/authfetch/server/store/sqlitestore"
)

// secrets is the command secret.
func secrets() group {
	return group{name: "secret", about: `
Replaces the server secret, which refresh tokens and sealed keys depend on,
without signing anybody out. Each step changes the secret file alone; copy it to
every server, then start them anew, one after the other:

  authfetchd secret add --data DIR       the new secret verifies
  authfetchd secret use --data DIR ID    it mints; the old one verifies
  authfetchd secret list --data DIR      until nothing depends on the old one
  authfetchd secret remove --data DIR OLD

If the old secret may be in other hands, together with a copy of the database,
do the last step at once, with --sign-out, and revoke the keys ("key revoke"):
with both of them, tokens can be made.`, commands: []command{
		{"list", "", "list the secrets by their ids, and what depends on each", listSecrets},
		{"add", "", "add a new secret, which verifies and does not mint yet", addSecret},
		{"use", "ID", "let a secret mint that every server knows", useSecret},
		{"remove", "ID", "remove a secret that nothing depends on", removeSecret},
	}}
}

const listSecretsAbout = `
Lists the secrets of the secret file by their ids, never their values: which one
mints; how many signing keys are sealed with it; how many live sessions have, or
may have, a refresh token made with it, and when the last of them will be over,
unless it is refreshed before.

  authfetchd secret list --data DIR`

func listSecrets(ctx context.Context, args []string, sys system) (err error) {
	o := newOptions("secret list", "secret list [options]", listSecretsAbout)
	p := keyOptions(o)
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	d, err := openExisting(ctx, p.place, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	set, err := secret.ReadFile(p.secretPath())
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(sys.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "SECRET\tIN THE FILE\tIN USE\tSEALED KEYS\tSESSIONS\tUNTIL") // Flush has the error
	for key := range set.All() {
		use, err := d.store.SecretUse(ctx, key.ID, sys.clock())
		if err != nil {
			return err
		}
		inFile, inUse, until := "verifies", "verifies", ""
		if key.ID == set.Primary().ID {
			inFile = "mints"
		}
		if use.Mints {
			inUse = "mints"
		}
		if use.Sessions > 0 {
			until = use.Until.Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", key.ID, inFile, inUse, use.Keys, use.Sessions, until)
	}
	return table.Flush()
}

const addSecretAbout = `
Adds a new secret to the secret file. It verifies and does not mint, so that
every server can learn it before any of them uses it.

  authfetchd secret add --data DIR`

func addSecret(_ context.Context, args []string, sys system) error {
	o := newOptions("secret add", "secret add [options]", addSecretAbout)
	p := keyOptions(o)
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	var id string
	err := p.update(func(set secret.Set) (secret.Set, error) {
		set, id = set.Add()
		return set, nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(sys.out, "added %s to %s\nnext: copy the file to every server, start each of them anew, then run\n"+
		"  authfetchd secret use --secret-file %s %s\n", id, p.secretPath(), p.secretPath(), id)
	return err
}

const useSecretAbout = `
Lets a secret mint refresh tokens and seal keys. Every server has to know it
already: run "secret add", copy the file and start the servers anew before.

  authfetchd secret use --data DIR ID`

func useSecret(_ context.Context, args []string, sys system) error {
	o := newOptions("secret use", "secret use [options] ID", useSecretAbout)
	p := keyOptions(o)
	if err := o.parse(args, sys); err != nil {
		return err
	}
	id, err := secretID(o)
	if err != nil {
		return err
	}
	err = p.update(func(set secret.Set) (secret.Set, error) { return set.Use(id) })
	if err != nil {
		return explainSecret(err, id)
	}
	_, err = fmt.Fprintf(sys.out, "%s mints, once a server has been started with %s\nnext: copy the file to every server, and start each of them anew\n"+
		"then: \"authfetchd secret list\" says when nothing depends on the old secret any more\n", id, p.secretPath())
	return err
}

const removeSecretAbout = `
Removes a secret from the secret file. It is refused while servers mint with it
or keys are sealed with it, and while live sessions may have a refresh token
made with it: --sign-out removes it all the same, and those have to sign in
again.

  authfetchd secret remove --data DIR ID`

func removeSecret(ctx context.Context, args []string, sys system) (err error) {
	o := newOptions("secret remove", "secret remove [options] ID", removeSecretAbout)
	p := keyOptions(o)
	signOut := o.Bool("sign-out", false, "sign those out whose refresh token was made with the secret")
	o.once = []string{"sign-out"}
	if err := o.parse(args, sys); err != nil {
		return err
	}
	id, err := secretID(o)
	if err != nil {
		return err
	}
	d, err := openExisting(ctx, p.place, sys.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	err = p.update(func(set secret.Set) (secret.Set, error) {
		after, err := set.Remove(id)
		if err != nil {
			return set, err
		}
		use, err := d.store.SecretUse(ctx, id, d.clock())
		if err != nil {
			return set, err
		}
		return after, stillNeeded(id, use, *signOut)
	})
	if err != nil {
		return explainSecret(err, id)
	}
	_, err = fmt.Fprintf(sys.out, "removed %s from %s\nnext: copy the file to every server, and start each of them anew\n", id, p.secretPath())
	return err
}

// stillNeeded says what a secret is needed for, and what to do about it.
func stillNeeded(id string, use sqlitestore.SecretUse, signOut bool) error {
	switch {
	case use.Mints || use.Keys > 0:
		return fmt.Errorf("%s is in use (sealed with it: %s); start every server anew with this file, then try again",
			id, count(use.Keys, "signing key"))
	case use.Sessions > 0 && !signOut:
		return fmt.Errorf("%s may have a refresh token made with %s, the last until %s; wait, or sign them out with --sign-out",
			count(use.Sessions, "live session"), id, use.Until.Format(time.RFC3339))
	}
	return nil
}

// update changes the secret file.
func (k *keyPlace) update(change func(secret.Set) (secret.Set, error)) error {
	_, err := secret.UpdateFile(k.secretPath(), change)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; name the file with --secret-file, or its directory with --data", err)
	}
	return err
}

// secretID is the argument of a command that has one.
func secretID(o *options) (string, error) {
	switch {
	case o.NArg() == 0:
		return "", o.wrong(fmt.Errorf("%s needs the id of a secret; \"secret list\" shows them", o.command))
	case o.NArg() > 1:
		return "", o.wrong(fmt.Errorf("unexpected argument %q; options come before the id", o.Arg(1)))
	}
	return o.Arg(0), nil
}

// explainSecret names the secret that the error is about.
func explainSecret(err error, id string) error {
	switch {
	case errors.Is(err, secret.ErrNoKey):
		return fmt.Errorf("no secret has the id %q; \"secret list\" shows them", id)
	case errors.Is(err, secret.ErrPrimary):
		return fmt.Errorf("%s mints; let another one do so with \"secret use\" first", id)
	}
	return err
}
