package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// patience is how long a server may take to end before it is killed.
const patience = 20 * time.Second

// errPortTaken says that another program listens there.
var errPortTaken = errors.New("the port is taken")

// A process is a running postgres, its children included.
type process struct {
	pid   int
	ended chan struct{} // closed when all of them are gone
}

// command is a program of PostgreSQL as the user who may run it. The environment is
// empty, because PGDATA and its like change what it does; without LC_ALL, a Mac
// lets postgres refuse to start.
func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	program := exec.CommandContext(ctx, filepath.Join(s.binaries, name), args...)
	program.Dir = s.dir // the current one may be closed to that user
	program.Env = []string{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"}
	program.SysProcAttr = s.account.attributes()
	return program
}

// start starts the server and returns when it accepts connections.
func (s *Server) start(ctx context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.process != nil || s.janitor == nil {
		return errors.New("the server runs, or was closed")
	}
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	// The context is that of the start: it must not end what has started.
	program := s.command(context.WithoutCancel(ctx), "postgres", args...)
	// A pipe, which the children inherit: Wait returns when the last of them is gone.
	program.Stdout, program.Stderr = &s.log, &s.log
	begin, ready := s.log.length(), s.log.await()
	if err := program.Start(); err != nil {
		return err
	}
	s.process = &process{program.Process.Pid, make(chan struct{})}
	if err := s.janitor.watch(s.process.pid); err != nil {
		return errors.Join(err, s.end(kill))
	}
	ended := s.process.ended
	go func() {
		defer close(ended)
		_ = program.Wait() // why it ended, its log says better
	}()

	select {
	case <-ready:
		return nil
	case <-ended:
		s.process = nil
		said := s.log.since(begin)
		if strings.Contains(said, "could not bind") {
			return fmt.Errorf("%w: %s", errPortTaken, said)
		}
		return fmt.Errorf("postgres ended: %s", said)
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("%w: %s", context.Cause(ctx), s.log.since(begin)), s.end(kill))
	}
}

// Stop shuts the server down: transactions are rolled back, connections are closed.
// It returns when the server is gone. One that does not run stays as it is.
func (s *Server) Stop() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.end(stop)
}

// Kill ends the server and all its children with SIGKILL, as the crash of a machine
// does, and returns when they are gone. What was committed is not lost.
func (s *Server) Kill() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.end(kill)
}

// running reports whether the server was started, and not stopped since.
func (s *Server) running() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.process != nil
}

// end ends the running process in one way or another, and waits until it and its
// children are gone. The caller holds the mutex.
func (s *Server) end(how func(pid int) error) error {
	if s.process == nil {
		return nil
	}
	select {
	case <-s.process.ended: // by itself; its number may be another's by now
	default:
		if err := how(s.process.pid); err != nil {
			return fmt.Errorf("ending PostgreSQL: %w", err)
		}
	}
	var err error
	select {
	case <-s.process.ended:
	case <-time.After(patience):
		err = errors.Join(fmt.Errorf("PostgreSQL did not end within %v, so it was killed: %s", patience, s.log.since(0)), kill(s.process.pid))
		<-s.process.ended
	}
	s.process = nil
	return errors.Join(err, s.janitor.watch(0), forgetCrash(s.data()))
}
