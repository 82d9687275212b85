package transfer

// Kind is what a column holds, and so what it is in a Row.
type Kind int

// The kinds of columns.
const (
	Text    Kind = iota // string
	Integer             // int64
	Bytes               // []byte, never nil
	Time                // int64, milliseconds since 1970; nil where it has not come
)

// Column is a column of a table, by its name in PostgreSQL.
type Column struct {
	Name   string
	Kind   Kind
	Unique bool // beside the key
}

// Table is a table, or a part of one. Its key is the first column.
type Table struct {
	Name    string
	Columns []Column
	All     Span // what is moved of it
}

// Key is the first column.
func (t Table) Key() Column { return t.Columns[0] }

// Row is a row, with a value for each column.
type Row []any

// Span is the rows of a table whose keys come behind one and not behind another. A
// nil is no bound.
type Span struct{ After, Until any }

// Tables are all that hold data, the ones that others make sense with first. Of the
// facts in meta those are moved that tie a database to its server secret; the others
// are about the one database only.
func Tables() []Table {
	return []Table{
		{Name: "meta", Columns: []Column{text("name"), text("value")}, All: Span{After: "secret_", Until: "secret_\U0010ffff"}},
		{Name: "signing_keys", Columns: []Column{
			text("id"), unique("follows"), text("algorithm"),
			{Name: "sealed", Kind: Bytes},
			at("created_at"), at("active_from"), at("revoked_at"),
		}},
		{Name: "users", Columns: []Column{
			text("id"), unique("email"), text("name"), text("password_hash"), at("created_at"), at("disabled_at"),
		}},
		{Name: "throttles", Columns: []Column{
			text("key"), integer("failures"), integer("pending"), at("since"), integer("pauses"), at("closed_until"), at("forget_at"),
		}},
		{Name: "used_proofs", Columns: []Column{{Name: "id", Kind: Bytes}, at("forget_at")}},
		{Name: "sessions", Columns: []Column{
			text("id"), text("user_id"), integer("generation"), text("nonce"), text("previous_nonce"),
			at("created_at"), at("rotated_at"), at("previous_issued_at"), at("reissued_at"), at("seen_at"),
			integer("replays"), text("key_thumbprint"), integer("key_generation"),
			at("idle_expires_at"), at("expires_at"), at("revoked_at"), text("revoked_reason"),
			text("user_agent"), text("address"),
		}},
	}
}

func text(name string) Column    { return Column{Name: name, Kind: Text} }
func unique(name string) Column  { return Column{Name: name, Kind: Text, Unique: true} }
func integer(name string) Column { return Column{Name: name, Kind: Integer} }
func at(name string) Column      { return Column{Name: name, Kind: Time} }
