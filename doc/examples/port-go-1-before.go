// port-go-1-before.go: one process works, another one waits until it is done
//
// Usage: port-go-1-before work TEXT, or port-go-1-before wait
//
// With github.com/rustatian/ipc v1.1, whose semaphores have keys.
//
// SPDX-License-Identifier: LGPL-2.1-or-later
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/rustatian/ipc/semaphore"
	"github.com/rustatian/ipc/shm"
)

const (
	shmKey = 0x1
	semKey = 0x12334
	size   = 1024
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work(text string) {
	busy, err := semaphore.NewSemaphore(semKey, 1, 0600, true, semaphore.IpcCreat)
	check(err)
	check(busy.Add(0)) // somebody works

	segment, err := shm.NewSharedMemorySegment(shmKey, size, shm.SIrusr|shm.SIwusr, shm.IpcCreat)
	check(err)
	segment.Write([]byte(text)) // panics if the text is too long
	check(segment.Detach())
	fmt.Println("Enter finishes the work.")
	fmt.Scanln()
	check(busy.Done(0))
}

func wait() {
	busy, err := semaphore.NewSemaphore(semKey, 1, 0600, false, semaphore.IpcCreat)
	check(err)
	check(busy.Wait()) // until it is zero; for ever, if the worker was killed

	segment, err := shm.NewSharedMemorySegment(shmKey, size, 0, shm.Rdonly)
	check(err)
	text := make([]byte, size)
	check(segment.Read(text))
	fmt.Println(strings.TrimRight(string(text), "\x00"))
	check(segment.Detach()) // both objects stay until somebody calls ipcrm
}

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "work":
		work(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "wait":
		wait()
	default:
		os.Exit(2)
	}
}
