// port-go-2-before.go: one process puts a text into shared memory, another one takes it out
//
// Usage: port-go-2-before put /NAME TEXT, or port-go-2-before get /NAME
//
// With github.com/rustatian/ipc as it has been since semaphores got names.
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

const size = 1024

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func put(name, text string) {
	box, err := shm.NewSharedMemoryPosix(name, size, 0600)
	check(err)
	full, err := semaphore.NewSemaphore(name, 0600, 0)
	check(err)

	check(box.Write([]byte(text)))
	check(box.Detach())
	check(full.Post())
}

func get(name string) {
	full, err := semaphore.OpenSemaphore(name)
	check(err)
	check(full.Wait()) // no timeout; a signal ends it with EINTR

	box, err := shm.NewSharedMemoryPosix(name, size, 0600)
	check(err)
	text := make([]byte, size)
	_, err = box.Read(text)
	check(err)
	fmt.Println(strings.TrimRight(string(text), "\x00"))

	check(box.Detach())
	check(box.Remove())
	check(full.Unlink())
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "put":
		put(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "get":
		get(os.Args[2])
	default:
		os.Exit(2)
	}
}
