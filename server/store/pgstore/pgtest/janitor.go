package pgtest

import (
	"fmt"
	"io"
	"os/exec"
)

// clean is the janitor's work. Its input ends when the program that started it is
// gone, whatever ended that: it was killed, it ran out of time, a test panicked.
// Then it ends the server that was named last, at once and even if it was frozen,
// and removes the directory as soon as nothing is written to it any more.
const clean = `
while read -r pid; do server=$pid; done
if [ "${server:-0}" -ne 0 ]; then
	kill -QUIT "$server"
	kill -CONT "$server"
fi
for try in 1 2 3 4 5 6 7 8 9; do
	rm -rf "$1" && exit
	sleep 1
done
exit 1
`

// A janitor is a shell that outlives this program, to clean up after it. Linux
// could signal the server itself (PR_SET_PDEATHSIG); this works everywhere, and
// removes the data, too.
type janitor struct {
	shell *exec.Cmd
	input io.WriteCloser
}

// hireJanitor starts one for a directory.
func hireJanitor(dir string) (*janitor, error) {
	shell := exec.Command("/bin/sh", "-c", clean, "pgtest", dir)
	shell.SysProcAttr = ownGroup() // Ctrl-C is not for it
	shell.Dir = "/"
	input, err := shell.StdinPipe()
	if err == nil {
		err = shell.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("starting the shell that cleans up: %w", err)
	}
	return &janitor{shell, input}, nil
}

// watch names the process that has to be gone at the end; 0 is none.
func (j *janitor) watch(pid int) error {
	_, err := fmt.Fprintln(j.input, pid)
	return err
}

// dismiss lets it do its work, and waits until that is done.
func (j *janitor) dismiss() error {
	_ = j.input.Close() // which Wait does as well
	if err := j.shell.Wait(); err != nil {
		return fmt.Errorf("removing the data of PostgreSQL: %w", err)
	}
	return nil
}
