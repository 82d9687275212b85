// Command size prints what a page has to load, beside the smallest program that
// Go and safejs can make, built in this run: what counts is the ratio, since
// another Go release changes both. The limit is on the ratio to that program as Go
// builds it by itself; beside it stands the one that is built as the module is,
// which shows what is the module's own. It fails when one of the limits is passed.
//
//	go run ./scripts/size
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/authfetch/authfetch/scripts/compress"
)

const (
	// moduleLimit is how much heavier than the bare program the module may be,
	// both compressed with brotli.
	moduleLimit = 1.10
	// loaderLimit is in bytes, compressed with brotli.
	loaderLimit = 4096
)

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "authfetch-size-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	fmt.Fprintln(os.Stderr, "size: building and compressing, about 30 seconds")
	bare, err := build(filepath.Join(dir, "bare"), "./scripts/size/bare", "PLAIN=1")
	if err != nil {
		return err
	}
	alike, err := build(filepath.Join(dir, "alike"), "./scripts/size/bare")
	if err != nil {
		return err
	}
	module, err := build(filepath.Join(dir, "module"), "./wasm")
	if err != nil {
		return err
	}
	loader, err := measure(filepath.Join("static", "authfetch.js"))
	if err != nil {
		return err
	}
	proofs, err := measure(filepath.Join("static", "dpop.js"))
	if err != nil {
		return err
	}
	report(out, bare, alike, module, loader, proofs)
	return check(bare, module, loader)
}

// build builds a package for the page and measures the result. Script and flags are
// those of the module that is shipped, where env does not say otherwise.
func build(dir, pkg string, env ...string) (weight, error) {
	cmd := exec.Command("sh", filepath.Join("scripts", "build-wasm"), dir, pkg)
	cmd.Env = append(cmd.Environ(), env...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return weight{}, fmt.Errorf("building %s: %w\n%s", pkg, err, output)
	}
	return measure(filepath.Join(dir, "authfetch.wasm"))
}

// weight is the size of one file in bytes, raw and compressed.
type weight struct{ raw, gzip, brotli int }

func measure(name string) (weight, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return weight{}, err
	}
	gzip, err := compress.Gzip().Pack(content)
	if err != nil {
		return weight{}, err
	}
	brotli, err := compress.Brotli().Pack(content)
	if err != nil {
		return weight{}, err
	}
	return weight{len(content), len(gzip), len(brotli)}, nil
}

func report(out io.Writer, bare, alike, module, loader, proofs weight) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\traw\tgzip\tbrotli\tratio\tlimit\t")
	row := func(name string, weight weight, ratio, limit string) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\t%s\t\n", name, weight.raw, weight.gzip, weight.brotli, ratio, limit)
	}
	row("bare safejs program", bare, "1.000", "")
	row("the same, built as the module is", alike, fmt.Sprintf("%.3f", alike.over(bare)), "")
	row("authfetch.wasm", module, fmt.Sprintf("%.3f", module.over(bare)), fmt.Sprintf("%.2f", moduleLimit))
	row("authfetch.js", loader, "", fmt.Sprintf("%d B", loaderLimit))
	row("dpop.js, for the option dpop", proofs, "", "")
	w.Flush()
}

// over is how many times heavier w is than other, compressed with brotli.
func (w weight) over(other weight) float64 {
	return float64(w.brotli) / float64(other.brotli)
}

func check(bare, module, loader weight) error {
	var over []string
	if ratio := module.over(bare); ratio > moduleLimit {
		over = append(over, fmt.Sprintf("authfetch.wasm weighs %.3f times the bare program, and %.2f is the limit", ratio, moduleLimit))
	}
	if loader.brotli > loaderLimit {
		over = append(over, fmt.Sprintf("authfetch.js weighs %d bytes, and %d is the limit", loader.brotli, loaderLimit))
	}
	if over != nil {
		return errors.New(strings.Join(over, "; "))
	}
	return nil
}
