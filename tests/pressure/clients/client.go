// Sends requests with net/http, eight at a time, over persistent connections. Prints the number of requests by outcome.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// given is the first argument of the program.
var given struct {
	Method, Url, Token, Type string
	Size                     int64
	// Count is the number of requests; Delay is the time before each body, in milliseconds.
	Count, Delay int
}

// delayed is a body whose first read waits for the delay.
type delayed struct {
	io.Reader
	once sync.Once
}

func (body *delayed) Read(into []byte) (int, error) {
	body.once.Do(func() { time.Sleep(time.Duration(given.Delay) * time.Millisecond) })
	return body.Reader.Read(into)
}

// send sends one request and returns its outcome: the status, or the error.
func send(client *http.Client) string {
	body := &delayed{Reader: bytes.NewReader(bytes.Repeat([]byte("x"), int(given.Size)))}
	request, err := http.NewRequest(given.Method, given.Url, body)
	if err != nil {
		return err.Error()
	}
	request.ContentLength = given.Size
	request.Header.Set("X-Auth-Token", given.Token)
	request.Header.Set("Content-Type", given.Type)
	answer, err := client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err.Error()
	}
	return fmt.Sprint(answer.StatusCode)
}

func main() {
	if err := json.Unmarshal([]byte(os.Args[1]), &given); err != nil {
		panic(err)
	}
	client := &http.Client{Timeout: time.Minute}
	outcomes := map[string]int{}
	var lock sync.Mutex
	var workers sync.WaitGroup
	tickets := make(chan struct{}, given.Count)
	for i := 0; i < given.Count; i++ {
		tickets <- struct{}{}
	}
	close(tickets)
	for worker := 0; worker < 8; worker++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for range tickets {
				outcome := send(client)
				lock.Lock()
				outcomes[outcome]++
				lock.Unlock()
			}
		}()
	}
	workers.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		panic(err)
	}
}
