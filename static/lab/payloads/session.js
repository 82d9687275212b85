fetch("http://localhost:8888?access_token=" + sessionStorage.getItem('access_token') + "&refresh_token=" + sessionStorage.getItem('refresh_token'));
