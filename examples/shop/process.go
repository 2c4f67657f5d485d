package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// process is a shop that runs.
type process struct {
	cmd   *exec.Cmd
	url   string
	lines chan string // what it writes; closed when it has ended
}

// start starts this program again as a shop, and returns when it listens.
func start(ctx context.Context, env map[string]string, log io.Writer) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(program), lines: make(chan string, 8)}
	p.cmd.Stderr = log
	p.cmd.Env = append(os.Environ(), playsShop+"=1")
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if _, err := p.cmd.StdinPipe(); err != nil { // which ends when this process does: then the shop ends too
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	line, err := p.next(ctx)
	address, listening := strings.CutPrefix(line, "listening on ")
	if err == nil && !listening {
		err = fmt.Errorf("the shop says %q", line)
	}
	if err != nil {
		p.kill()
		return nil, err
	}
	p.url = "http://" + address
	return p, nil
}

// next is the next line that it writes.
func (p *process) next(ctx context.Context) (string, error) {
	select {
	case line, running := <-p.lines:
		if !running {
			return "", fmt.Errorf("the shop has ended by itself; -v shows why")
		}
		return line, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// kill ends it without a word, as kill -9 does, or a power cut.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // fails if it has ended already
	_ = p.wait()             // says that it was killed
}

// stop ends it as a deployment does, and returns when it has finished what it was doing.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.wait()
}

func (p *process) wait() error {
	for range p.lines { // until it is closed: Wait would close the pipe under the reader
	}
	return p.cmd.Wait()
}
