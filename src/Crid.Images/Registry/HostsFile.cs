using Crid.Core;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Crid.Images;

/// <summary>
/// Reads a <c>hosts.toml</c> of the form that containerd documents. What it can't understand fails the pull: to pull from elsewhere than the
/// administrator wrote would be worse than not to pull.
/// </summary>
internal sealed class HostsFile
{
    private readonly string _path;
    private readonly string _registry;

    private HostsFile(string path, string registry)
    {
        _path = path;
        _registry = registry;
    }

    /// <exception cref="CridException">FailedPrecondition: the file is not valid.</exception>
    public static IReadOnlyList<RegistryHost> Parse(string text, string path, string registry, RegistryHost upstream) =>
        new HostsFile(path, registry).Read(text, upstream);

    private List<RegistryHost> Read(string text, RegistryHost upstream)
    {
        DocumentSyntax document = SyntaxParser.Parse(text, _path, validate: true);
        if (document.HasErrors)
        {
            throw Invalid(document.Diagnostics.First().ToString());
        }

        RegistryHost server = upstream;
        foreach (KeyValueSyntax item in document.KeyValues)
        {
            server = GetKey(item) == "server"
                ? server with { BaseUrl = GetUrl(GetString(item), overridePath: false), Namespace = null }
                : Apply(server, item);
        }

        List<RegistryHost> hosts = [];
        Dictionary<string, int> positions = new(StringComparer.Ordinal);
        foreach (TableSyntaxBase table in document.Tables)
        {
            ReadTable(table, hosts, positions);
        }

        hosts.Add(server with { Namespace = GetNamespace(server.BaseUrl, upstream) });
        return hosts;
    }

    private void ReadTable(TableSyntaxBase table, List<RegistryHost> hosts, Dictionary<string, int> positions)
    {
        List<string> name = [GetText(table.Name!.Key!), .. table.Name.DotKeys.Select(dot => GetText(dot.Key!))];
        if (name is ["header"])
        {
            throw Invalid("headers belong to a host: write [host.\"URL\".header]");
        }

        if (name.Count is < 2 or > 3 || name[0] != "host" || (name.Count == 3 && name[2] != "header"))
        {
            throw Invalid($"unknown table [{string.Join('.', name)}]");
        }

        if (!positions.TryGetValue(name[1], out int position))
        {
            position = positions[name[1]] = hosts.Count;
            hosts.Add(new RegistryHost { BaseUrl = GetUrl(name[1], overridePath: false), Namespace = GetNamespace() });
        }

        foreach (KeyValueSyntax item in table.Items)
        {
            hosts[position] = name.Count == 3
                ? hosts[position] with { Headers = [.. hosts[position].Headers, .. GetStrings(item).Select(value => KeyValuePair.Create(GetKey(item), value))] }
                : GetKey(item) == "override_path"
                    ? hosts[position] with { BaseUrl = GetUrl(name[1], GetBoolean(item)) }
                    : Apply(hosts[position], item);
        }
    }

    private RegistryHost Apply(RegistryHost host, KeyValueSyntax item)
    {
        switch (GetKey(item))
        {
            case "capabilities":
                IReadOnlyList<string> capabilities = GetStrings(item);
                string? unknown = capabilities.FirstOrDefault(static name => name is not ("pull" or "resolve" or "push" or "referrers"));
                return unknown is null
                    ? host with { CanPull = capabilities.Contains("pull"), CanResolve = capabilities.Contains("resolve") }
                    : throw Invalid($"unknown capability '{unknown}'");
            case "skip_verify":
                return host with { SkipVerify = GetBoolean(item) };
            case "ca":
                string directory = Path.GetDirectoryName(_path)!;
                return host with { CertificateAuthorities = [.. GetStrings(item).Select(file => Path.Combine(directory, file))] };
            case "override_path":
                return GetBoolean(item) ? throw Invalid("override_path belongs to a host") : host;
            default:
                throw Invalid($"'{GetKey(item)}' in line {item.Span.Start.Line + 1} is not supported");
        }
    }

    private string GetUrl(string text, bool overridePath)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            throw Invalid($"'{text}' is not the URL of a registry");
        }

        string trimmed = url.TrimEnd('/');
        return overridePath || trimmed.EndsWith("/v2", StringComparison.Ordinal) ? trimmed : trimmed + "/v2";
    }

    // Docker's own servers never see the parameter: they are nobody's mirror.
    private string? GetNamespace() => _registry == ImageReference.DefaultRegistry ? "docker.io" : _registry;

    private string? GetNamespace(string baseUrl, RegistryHost upstream) =>
        new Uri(baseUrl).Authority == upstream.Uri.Authority ? null : GetNamespace();

    private string GetString(KeyValueSyntax item) =>
        item.Value is StringValueSyntax { Value: { } text } ? text : throw Invalid($"'{GetKey(item)}' must be a string");

    private bool GetBoolean(KeyValueSyntax item) =>
        item.Value is BooleanValueSyntax boolean ? boolean.Value : throw Invalid($"'{GetKey(item)}' must be true or false");

    private IReadOnlyList<string> GetStrings(KeyValueSyntax item) => item.Value switch
    {
        StringValueSyntax { Value: { } text } => [text],
        ArraySyntax array => [.. array.Items.Select(element => element.Value is StringValueSyntax { Value: { } text }
            ? text
            : throw Invalid($"'{GetKey(item)}' must be a list of strings"))],
        _ => throw Invalid($"'{GetKey(item)}' must be a string or a list of strings"),
    };

    private static string GetKey(KeyValueSyntax item) =>
        string.Join('.', [GetText(item.Key!.Key!), .. item.Key.DotKeys.Select(static dot => GetText(dot.Key!))]);

    private static string GetText(BareKeyOrStringValueSyntax key) =>
        key is StringValueSyntax text ? text.Value ?? "" : ((BareKeySyntax)key).Key!.Text ?? "";

    private CridException Invalid(string message) => CridException.FailedPrecondition($"{_path}: {message}");
}
