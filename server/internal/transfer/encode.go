package transfer

import (
	"encoding/binary"
	"fmt"
)

// Tags of an encoded value.
const (
	tagNone byte = iota
	tagInteger
	tagText
	tagBytes
)

// encode appends rows in a form that is the same for the same rows, whichever database
// they come from, and another one for any others: each value has its kind and its
// length in front.
func encode(to []byte, rows []Row) []byte {
	for _, row := range rows {
		for _, value := range row {
			switch value := value.(type) {
			case nil:
				to = append(to, tagNone)
			case int64:
				to = binary.BigEndian.AppendUint64(append(to, tagInteger), uint64(value))
			case string:
				to = append(length(append(to, tagText), len(value)), value...)
			case []byte:
				to = append(length(append(to, tagBytes), len(value)), value...)
			default:
				// Two of these must never be taken for equal.
				panic(fmt.Sprintf("transfer: a row has a %T", value))
			}
		}
	}
	return to
}

func length(to []byte, n int) []byte { return binary.BigEndian.AppendUint64(to, uint64(n)) }
