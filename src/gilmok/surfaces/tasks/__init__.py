"""The development team's router: tasks go to roles, roles to models.

`POST /route`, one path for each of the three usual roles, `/batch`, and what can be looked up. A task
is a chat request in other words: it takes the same way through the gateway, and nothing here decides
where a text may go.
"""
