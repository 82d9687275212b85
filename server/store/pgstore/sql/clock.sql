-- What everything is decided by.
SELECT authfetch.clock()
