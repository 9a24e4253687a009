using System.Net;
using Crid.Core;

namespace Crid.Images;

/// <summary>
/// Which proxy a request goes through, decided as the tools of this field do: <c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c> with suffixes of
/// names, addresses, networks and ports; this machine itself is never reached through a proxy.
/// </summary>
internal sealed class RegistryProxy : IWebProxy
{
    private readonly Uri? _http;
    private readonly Uri? _https;
    private readonly string[] _exceptions;

    /// <param name="http">URL of the proxy for <c>http://</c>, or empty.</param>
    /// <param name="https">URL of the proxy for <c>https://</c>, or empty.</param>
    /// <param name="exceptions">Hosts to reach directly.</param>
    /// <exception cref="CridException">FailedPrecondition: not the URL of a proxy.</exception>
    public RegistryProxy(string? http, string? https, IEnumerable<string> exceptions)
    {
        _http = Parse(http);
        _https = Parse(https);
        _exceptions = [.. exceptions.Select(static entry => entry.Trim()).Where(static entry => entry.Length > 0)];
    }

    // Credentials in the URL of a proxy go to the proxy and nowhere else.
    ICredentials? IWebProxy.Credentials
    {
        get => new ProxyCredentials();
        set => throw new NotSupportedException();
    }

    /// <summary>The proxies of the options; what they leave empty comes from the environment.</summary>
    public static RegistryProxy FromEnvironment(RegistryOptions options)
    {
        string? all = Read("ALL_PROXY");
        string? http = options.HttpProxy.Length > 0 ? options.HttpProxy : Read("HTTP_PROXY") ?? all;
        string? https = options.HttpsProxy.Length > 0 ? options.HttpsProxy : Read("HTTPS_PROXY") ?? all;
        IEnumerable<string> exceptions = options.NoProxy.Count > 0 ? options.NoProxy : (Read("NO_PROXY") ?? "").Split(',');
        return new RegistryProxy(http, https, exceptions);
    }

    public Uri? GetProxy(Uri destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return IsBypassed(destination) ? null : destination.Scheme == "https" ? _https : _http;
    }

    public bool IsBypassed(Uri host)
    {
        ArgumentNullException.ThrowIfNull(host);
        string name = host.IdnHost.TrimEnd('.').Trim('[', ']');
        bool isAddress = IPAddress.TryParse(name, out IPAddress? address);
        return string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase)
            || (isAddress && IPAddress.IsLoopback(address!))
            || Array.Exists(_exceptions, entry => IsExcepted(entry, name, address, host.Port));
    }

    private static bool IsExcepted(string entry, string name, IPAddress? address, int port)
    {
        if (entry == "*")
        {
            return true;
        }

        if (IPNetwork.TryParse(entry, out IPNetwork network))
        {
            return address is not null && network.Contains(address);
        }

        int colon = entry.LastIndexOf(':');
        bool hasPort = colon > 0 && entry.IndexOf(':', StringComparison.Ordinal) == colon;
        if (hasPort && (!int.TryParse(entry[(colon + 1)..], out int wanted) || wanted != port))
        {
            return false;
        }

        string host = (hasPort ? entry[..colon] : entry).Trim('[', ']');
        if (IPAddress.TryParse(host, out IPAddress? excepted))
        {
            return excepted.Equals(address);
        }

        string suffix = host.TrimStart('*').TrimStart('.');
        bool isSuffixOnly = host.StartsWith('.') || host.StartsWith('*');
        return (!isSuffixOnly && string.Equals(name, suffix, StringComparison.OrdinalIgnoreCase))
            || name.EndsWith("." + suffix, StringComparison.OrdinalIgnoreCase);
    }

    private static Uri? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is ("http" or "https" or "socks4" or "socks4a" or "socks5")
            ? uri
            : throw CridException.FailedPrecondition("the proxy for registries is not a URL of the form http://host:port");
    }

    private static string? Read(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name.ToLowerInvariant());
        value = string.IsNullOrEmpty(value) ? Environment.GetEnvironmentVariable(name) : value;
        return string.IsNullOrEmpty(value) ? null : value;
    }

    private sealed class ProxyCredentials : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            string[] parts = uri.UserInfo.Split(':', 2);
            return parts[0].Length == 0 ? null : new NetworkCredential(Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
        }
    }
}
