package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version prints what was built, from what.
func version(_ context.Context, args []string, sys system) error {
	o := newOptions("version", "version", "Prints the version, what it was built from, and with which Go.")
	if err := o.parse(args, sys); err != nil {
		return err
	}
	if err := o.noArguments(); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{GoVersion: "an unknown Go"}
	}
	revision, modified := "unknown revision", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			modified = ", modified"
		}
	}
	_, err := fmt.Fprintf(sys.out, "authfetchd %s (%s%s, %s)\n", info.Main.Version, revision, modified, info.GoVersion)
	return err
}
