package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/authfetch/authfetch/server/wire"
)

const (
	// maxBody is far more than an email address and 256 characters of password
	// take, whatever way JSON escapes them.
	maxBody = 16 << 10
	// bodyTimeout is how long a body may take to arrive.
	bodyTimeout = 10 * time.Second
)

// readJSON reads a JSON body into v. Unknown fields are ignored, so that a
// newer page can talk to an older server.
func readJSON(w http.ResponseWriter, r *http.Request, v any) *failure {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != wire.TypeJSON {
		// A form would let a foreign page sign its visitor in without a
		// preflight; JSON does not.
		return refuse(wire.UnsupportedMediaType, "send the body as JSON, with Content-Type: "+wire.TypeJSON)
	}
	body, err := readBody(w, r)
	if err != nil {
		return bodyFailure(err)
	}
	if len(body) == 0 {
		return refuse(wire.InvalidRequest, "the body is empty; send a JSON object")
	}
	if !utf8.Valid(body) {
		// encoding/json would replace what it cannot read: two passwords become one.
		return refuse(wire.InvalidRequest, "the body is not UTF-8, as JSON has to be")
	}
	if err := json.Unmarshal(body, v); err != nil {
		return jsonFailure(err)
	}
	if repeats(body) {
		return refuse(wire.InvalidRequest, "a field of the body occurs twice; send each of them once")
	}
	return nil
}

// repeats tells whether the object has two fields of one name. Which of them
// counts, a filter in front of us may see differently (RFC 8259 section 4). Case
// makes no difference, because it makes none to encoding/json.
func repeats(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return false // null, which has no fields
	}
	seen := make(map[string]bool)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false // json.Unmarshal would have said so
		}
		name, _ := key.(string)
		// Upper case first: some letters have their small one in common.
		if name = strings.ToLower(strings.ToUpper(name)); seen[name] {
			return true
		}
		seen[name] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
	}
	return false
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	// A server that sets no read timeout must not be held up here. A connection
	// that takes no deadlines, as in a test without a network, needs none.
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		// The deadline stays: net/http would wait for the rest of the body
		// before it sends the answer. The connection is of no further use.
		w.Header().Set("Connection", "close")
		return nil, err
	}
	_ = deadline.SetReadDeadline(time.Time{})
	return body, nil
}

func bodyFailure(err error) *failure {
	var timeout net.Error
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &size):
		return &failure{code: wire.PayloadTooLarge, detail: fmt.Sprintf("the body is larger than %d bytes", size.Limit), cause: err}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &failure{code: wire.RequestTimeout, detail: "the body did not arrive in time", cause: err}
	default:
		return &failure{code: wire.InvalidRequest, detail: "the body could not be read to its end", cause: err}
	}
}

// jsonFailure says what is wrong without repeating what was sent: it may be a
// password in the wrong place.
func jsonFailure(err error) *failure {
	f := &failure{code: wire.InvalidRequest, detail: "the body is not JSON"}
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		f.detail = fmt.Sprintf("the field %q is a JSON %s; send a %s", kind.Field, jsonKind(kind), kind.Type)
	case errors.As(err, &kind):
		f.detail = fmt.Sprintf("the body is a JSON %s; send an object", jsonKind(kind))
	case errors.As(err, &syntax):
		f.detail = fmt.Sprintf("the body is not JSON: the mistake is at byte %d", syntax.Offset)
	}
	return f
}

// jsonKind is the kind alone: encoding/json may add the number that it found.
func jsonKind(err *json.UnmarshalTypeError) string {
	kind, _, _ := strings.Cut(err.Value, " ")
	return kind
}
