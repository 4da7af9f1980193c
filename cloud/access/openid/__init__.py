"""A hospital's own log-in (OpenID Connect): who somebody is there says who they are here, if that was linked.

`id_token` judges what a provider signed, `provider` knows where it is and by which keys it signs, `log_in`
sends people there and takes them back, `roles` reads what they are to the hospital.
"""
