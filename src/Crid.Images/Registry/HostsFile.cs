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
    /// <summary>Bytes of a file; real ones have some hundreds.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly HostsFileValues _values;
    private readonly string _path;
    private readonly string _registry;

    private HostsFile(string path, string registry)
    {
        _values = new HostsFileValues(path);
        _path = path;
        _registry = registry;
    }

    /// <exception cref="CridException">FailedPrecondition: the file is not valid.</exception>
    public static IReadOnlyList<RegistryHost> Parse(string text, string path, string registry, RegistryHost upstream) =>
        new HostsFile(path, registry).Read(text, upstream);

    private List<RegistryHost> Read(string text, RegistryHost upstream)
    {
        DocumentSyntax document = ParseDocument(text);
        RegistryHost server = upstream;
        foreach (KeyValueSyntax item in document.KeyValues)
        {
            server = HostsFileValues.GetKey(item) == "server"
                ? server with { BaseUrl = _values.GetUrl(_values.GetString(item), overridePath: false), Namespace = null }
                : Apply(server, item);
        }

        List<RegistryHost> hosts = [];
        Dictionary<string, int> positions = new(StringComparer.Ordinal);
        foreach (TableSyntaxBase table in document.Tables)
        {
            IReadOnlyList<string> name = HostsFileValues.GetName(table);
            if (name is ["header"])
            {
                server = AddHeaders(server, table.Items);
            }
            else
            {
                ReadTable(name, table, hosts, positions);
            }
        }

        hosts.Add(server with { Namespace = GetNamespace(server.BaseUrl, upstream) });
        return hosts;
    }

    private DocumentSyntax ParseDocument(string text)
    {
        try
        {
            DocumentSyntax document = SyntaxParser.Parse(text, _path, validate: true);
            return document.HasErrors ? throw _values.Invalid(document.Diagnostics.First().ToString()) : document;
        }
        catch (Exception exception) when (exception is not CridException)
        {
            // The parser reports what it expects to go wrong and throws at the rest, such as a text that ends within an escape.
            throw _values.Invalid($"not TOML: {exception.Message}");
        }
    }

    private void ReadTable(IReadOnlyList<string> name, TableSyntaxBase table, List<RegistryHost> hosts, Dictionary<string, int> positions)
    {
        if (name.Count is < 2 or > 3 || name[0] != "host" || (name.Count == 3 && name[2] != "header"))
        {
            throw _values.Invalid($"unknown table [{string.Join('.', name)}]");
        }

        if (!positions.TryGetValue(name[1], out int position))
        {
            position = positions[name[1]] = hosts.Count;
            hosts.Add(new RegistryHost { BaseUrl = _values.GetUrl(name[1], overridePath: false), Namespace = GetNamespace() });
        }

        if (name.Count == 3)
        {
            hosts[position] = AddHeaders(hosts[position], table.Items);
            return;
        }

        foreach (KeyValueSyntax item in table.Items)
        {
            hosts[position] = HostsFileValues.GetKey(item) == "override_path"
                ? hosts[position] with { BaseUrl = _values.GetUrl(name[1], _values.GetBoolean(item)) }
                : Apply(hosts[position], item);
        }
    }

    private RegistryHost Apply(RegistryHost host, KeyValueSyntax item)
    {
        string key = HostsFileValues.GetKey(item);
        switch (key)
        {
            case "capabilities":
                return ApplyCapabilities(host, _values.GetStrings(item));
            case "skip_verify":
                return host with { SkipVerify = _values.GetBoolean(item) };
            case "ca":
                return host with { CertificateAuthorities = [.. _values.GetStrings(item).Select(_values.GetFile)] };
            case "client":
                return host with { ClientCertificates = _values.GetClientCertificates(item) };
            case "dial_timeout":
                return host with { DialTimeout = _values.GetDuration(item) };
            case "header" when item.Value is InlineTableSyntax table:
                return AddHeaders(host, table.Items.Select(static inner => inner.KeyValue!));
            case "override_path":
                return _values.GetBoolean(item) ? throw _values.Invalid("override_path belongs to a host") : host;
            default:
                return key.StartsWith("header.", StringComparison.Ordinal)
                    ? AddHeader(host, key["header.".Length..], item)
                    : throw _values.Invalid($"'{key}' in line {item.Span.Start.Line + 1} is not known");
        }
    }

    private RegistryHost ApplyCapabilities(RegistryHost host, IReadOnlyList<string> capabilities)
    {
        string? unknown = capabilities.FirstOrDefault(static name => name is not ("pull" or "resolve" or "push" or "referrers"));
        return unknown is null
            ? host with { CanPull = capabilities.Contains("pull"), CanResolve = capabilities.Contains("resolve") }
            : throw _values.Invalid($"unknown capability '{unknown}'");
    }

    private RegistryHost AddHeaders(RegistryHost host, IEnumerable<KeyValueSyntax> items) =>
        items.Aggregate(host, (current, item) => AddHeader(current, HostsFileValues.GetKey(item), item));

    private RegistryHost AddHeader(RegistryHost host, string name, KeyValueSyntax item) =>
        host with { Headers = [.. host.Headers, .. _values.GetStrings(item).Select(value => KeyValuePair.Create(name, value))] };

    // Docker's own servers never see the parameter: they are nobody's mirror.
    private string? GetNamespace() => _registry == ImageReference.DefaultRegistry ? "docker.io" : _registry;

    private string? GetNamespace(string baseUrl, RegistryHost upstream) =>
        new Uri(baseUrl).Authority == upstream.Uri.Authority ? null : GetNamespace();
}
