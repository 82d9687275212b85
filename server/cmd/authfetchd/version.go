package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// version prints what was built, from what.
func version(_ context.Context, args []string, getenv func(string) string, s streams) error {
	o := newOptions("version", "version")
	if err := o.parse(args, getenv, s.out); err != nil {
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
	_, err := fmt.Fprintf(s.out, "authfetchd %s (%s%s, %s)\n", info.Main.Version, revision, modified, info.GoVersion)
	return err
}
