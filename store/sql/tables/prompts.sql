-- key: prompt
CREATE TABLE prompts (
    prompt UUID NOT NULL,
    text VARCHAR NOT NULL
);
COMMENT ON TABLE prompts IS 'One row is one prompt text, stored once however many candidates it led to.';
COMMENT ON COLUMN prompts.prompt IS 'Identity of the text: the first 128 bits of its sha256.';
COMMENT ON COLUMN prompts.text IS 'The prompt as the model saw it.';
