package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measureClient runs the page of page/ in Chromium, against a real server, and
// makes rows of what it finds. Without a browser it says so, and makes none.
func measureClient(ctx context.Context, b *bench) (err error) {
	chromium, err := findChromium()
	if err != nil {
		b.say("nothing of the client is measured: %v", err)
		return nil
	}
	b.say("building and compressing the bare program")
	files, err := pageFiles(b.dir)
	if err != nil {
		return err
	}
	d, err := openDatabase(ctx, b, sqlite, "client")
	if err != nil {
		return err
	}
	s, err := openPageSite(d, files, func(doing string) { b.say("in Chromium: %s", doing) })
	if err != nil {
		return err
	}
	defer s.http.Close()

	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	shown, err := chromium.open(ctx, s.url+pagePath)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.close()) }()
	select {
	case found := <-s.found:
		if found.Error != "" {
			return fmt.Errorf("the page: %s", found.Error)
		}
		b.rows = append(b.rows, found.rows()...)
		return nil
	case err := <-shown.trouble:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the page has found nothing: %w", ctx.Err())
	}
}
