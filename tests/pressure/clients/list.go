// Reads a list of images with net/http, which sends `Accept-Encoding: gzip` by default. Prints the number of images and
// whether the response was compressed.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("GET", os.Args[1], nil)
	if err != nil {
		panic(err)
	}
	request.Header.Set("X-Auth-Token", os.Args[2])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	var list struct{ Images []struct{ Id string } }
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		panic(err)
	}
	fmt.Println(len(list.Images), response.Uncompressed)
}
