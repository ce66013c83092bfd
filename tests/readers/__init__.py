"""Real feed readers before what feedtool publishes: what each keeps of every feed that it is given.

    posts -> feedtool build -> upload -> server <- readers -> what they have stored -> faults

`site` has the posts, `serving` the server, a module for each reader how it is run and where it stores what it has
read, and `proof` what must hold. `python -m tests.readers` runs all readers that are installed.
"""
