// Sends requests with net/http, eight at once, over connections that are kept; prints how often what came of it.
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

var given struct {
	Method, Url, Token, Type string
	Size                     int64
	Count, Pause             int
}

// late is a body that comes after a while.
type late struct {
	io.Reader
	once sync.Once
}

func (body *late) Read(into []byte) (int, error) {
	body.once.Do(func() { time.Sleep(time.Duration(given.Pause) * time.Millisecond) })
	return body.Reader.Read(into)
}

func one(client *http.Client) string {
	body := &late{Reader: bytes.NewReader(bytes.Repeat([]byte("x"), int(given.Size)))}
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
				outcome := one(client)
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
