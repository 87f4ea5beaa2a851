-- What not every server has, each alone: extensions, and XML.
--- citext
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
CREATE TABLE plain_citext (id int, email citext);
--rows 6
INSERT INTO plain_citext VALUES (@{row}, '@{email:citext.email}');
--- hstore
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
CREATE TABLE logs_hstore (id int, fields hstore);
--rows 4
INSERT INTO logs_hstore VALUES (@{row}, 'kind=>login, "@{email:hstore.key}"=>"@{cpf:hstore.value}"');
--- xml
CREATE TABLE logs_xml (id int, doc xml);
--rows 4
INSERT INTO logs_xml VALUES (@{row}, '<user cpf="@{cpf:xml.attribute}"><mail>@{email:xml.element}</mail><n>@{row}</n></user>');
