package transfer

// Stage is what a move does.
type Stage string

// The stages, in their order.
const (
	Copying   Stage = "copying"
	Verifying Stage = "verifying"
)

// Progress is how far a stage of a move has come.
type Progress struct {
	Stage   Stage
	Table   string
	Done    int64 // rows of all tables that the stage is through with
	Rows    int64 // of all tables, on the side of the source
	Written int64 // rows that were not there yet, or not so
}

// tracker counts while it goes on.
type tracker struct {
	Progress
	tell func(Progress)
}

func newTracker(rows int64, tell func(Progress)) *tracker {
	if tell == nil {
		tell = func(Progress) {}
	}
	return &tracker{Progress{Rows: rows}, tell}
}

// begin is the start of a stage.
func (t *tracker) begin(stage Stage) { t.Stage, t.Done, t.Table = stage, 0, "" }

// read is told of rows that were read, and tells on.
func (t *tracker) read(table string, rows int) {
	t.Table, t.Done = table, t.Done+int64(rows)
	t.tell(t.Progress)
}
