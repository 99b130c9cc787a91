// placeholder: delete me
