// Command yamlcheck says how Kubernetes reads YAML.
//
// The tests use it to check that what gitfed writes is read back as the same
// object by the library that kubectl and every controller use. Each line of
// stdin asks for one document and each line of stdout answers one, in order:
//
//	{"yaml": "a: 1\n", "strict": true}
//	{"json": {"a":1}}
//	{"error": "..."}
//
// Strict also refuses keys that appear twice in a mapping.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

type request struct {
	YAML   string `json:"yaml"`
	Strict bool   `json:"strict"`
}

// response has the converted document as raw bytes, because decoding it once
// more would round integers beyond 2^53.
type response struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "yamlcheck:", err)
		os.Exit(1)
	}
}

// serve answers requests until the end of the input.
func serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(bufio.NewReader(in))
	responses := json.NewEncoder(out)
	for {
		var req request
		if err := requests.Decode(&req); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a request: %w", err)
		}
		if err := responses.Encode(convert(req)); err != nil {
			return fmt.Errorf("writing a response: %w", err)
		}
	}
}

func convert(req request) response {
	toJSON := yaml.YAMLToJSON
	if req.Strict {
		toJSON = yaml.YAMLToJSONStrict
	}
	converted, err := toJSON([]byte(req.YAML))
	if err != nil {
		return response{Error: err.Error()}
	}
	return response{JSON: converted}
}
