package session

// keeper saves the token to a Storage, and does without it from the first
// error on: a page whose storage is blocked or full still has a session.
type keeper struct {
	storage Storage // nil: memory only
	warn    func(string)
}

func (k *keeper) load() Stored {
	if k.storage == nil {
		return Stored{}
	}
	stored, err := k.storage.Load()
	if err != nil {
		k.giveUp(err)
		return Stored{}
	}
	return stored
}

func (k *keeper) save(s Stored) {
	if k.storage == nil {
		return
	}
	if err := k.storage.Save(s); err != nil {
		k.clear() // rather no token than the one before
		k.giveUp(err)
	}
}

func (k *keeper) clear() {
	if k.storage == nil {
		return
	}
	if err := k.storage.Clear(); err != nil {
		k.giveUp(err)
	}
}

// discard clears what is stored of one login, and nothing that another tab may have
// stored since.
func (k *keeper) discard(login int64) {
	if stored := k.load(); stored.AccessToken != "" && stored.Login == login {
		k.clear()
	}
}

func (k *keeper) giveUp(err error) {
	if k.storage == nil {
		return // already said
	}
	k.storage = nil
	if k.warn != nil {
		k.warn("the access token is kept in memory only: " + err.Error())
	}
}
