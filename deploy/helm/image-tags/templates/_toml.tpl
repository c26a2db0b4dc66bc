{{- /*
The configuration as TOML. Not by toToml, which writes the numbers of a values file as 30.0 and 1e+12. A text, number or
truth value is the same in JSON and TOML.
*/}}
{{- define "image-tags.toml" -}}
{{- range $key, $value := . }}
{{- if not (kindIs "map" $value) }}
{{ $key }} = {{ include "image-tags.toml.value" $value }}
{{- end }}
{{- end }}
{{- range $section, $keys := . }}
{{- if kindIs "map" $keys }}

[{{ $section }}]
{{- range $key, $value := $keys }}
{{ $key }} = {{ include "image-tags.toml.value" $value }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "image-tags.toml.value" -}}
{{- if kindIs "map" . -}}
{ {{- range $index, $key := keys . | sortAlpha }}{{ if $index }},{{ end }} {{ toJson $key }} = {{ include "image-tags.toml.value" (get $ $key) }}{{ end }} }
{{- else if kindIs "slice" . -}}
[{{- range $index, $value := . }}{{ if $index }}, {{ end }}{{ include "image-tags.toml.value" $value }}{{ end }}]
{{- else -}}
{{ toRawJson . }}
{{- end }}
{{- end }}

{{- /* A ConfigMap is no place for secrets: anybody who may look at the namespace reads it. */}}
{{- define "image-tags.refuse-secrets" -}}
{{- $config := . }}
{{- range $path := list "auth.tokens" "auth.keystone.password" "auth.keystone.application_credential_secret" "data.secret_access_key" "identity.users" }}
{{- $value := $config }}
{{- range $key := splitList "." $path }}
{{- $value = ternary (get (default dict $value) $key) nil (kindIs "map" (default dict $value)) }}
{{- end }}
{{- if $value }}
{{- fail (printf "config.%s is a secret: put it into a Secret, and name that in secrets, env or configSecret" $path) }}
{{- end }}
{{- end }}
{{- if contains "password=" (dig "store" "url" "" $config) }}
{{- fail "config.store.url has a password: put it into a Secret, and name that in secrets.database" }}
{{- end }}
{{- include "image-tags.refuse-passwords" (dict "path" "config" "value" $config) }}
{{- end }}

{{- /* A URL such as that of a database or a proxy, anywhere in the configuration. */}}
{{- define "image-tags.refuse-passwords" -}}
{{- $path := .path }}
{{- if kindIs "map" .value }}
{{- range $key, $value := .value }}
{{- include "image-tags.refuse-passwords" (dict "path" (printf "%s.%s" $path $key) "value" $value) }}
{{- end }}
{{- else if kindIs "slice" .value }}
{{- range $index, $value := .value }}
{{- include "image-tags.refuse-passwords" (dict "path" (printf "%s[%d]" $path $index) "value" $value) }}
{{- end }}
{{- else if kindIs "string" .value }}
{{- if regexMatch "//[^/?#@]*:[^/?#@]*@" .value }}
{{- fail (printf "%s has a password: put it into a Secret, and name that in secrets, env or configSecret" $path) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The environment is in the Deployment, for everybody who may look at it, unless it refers to a Secret. */}}
{{- define "image-tags.refuse-secrets-in-env" -}}
{{- range . }}
{{- $value := default "" .value }}
{{- if and $value (regexMatch "(PASSWORD|SECRET|ACCESS_KEY)$" .name) }}
{{- fail (printf "env: %s is a secret: put it into a Secret, and refer to it by valueFrom" .name) }}
{{- end }}
{{- include "image-tags.refuse-passwords" (dict "path" (printf "env: %s" .name) "value" $value) }}
{{- end }}
{{- end }}
