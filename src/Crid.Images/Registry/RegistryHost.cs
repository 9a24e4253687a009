namespace Crid.Images;

/// <summary>A server that may answer for a registry: the registry itself or one of its mirrors.</summary>
internal sealed record RegistryHost
{
    /// <summary>The base of the API without a slash at its end, for example <c>https://registry-1.docker.io/v2</c>.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>False for mirrors that may deliver content by digest but not say what a tag means.</summary>
    public bool CanResolve { get; init; } = true;

    public bool CanPull { get; init; } = true;

    public bool SkipVerify { get; init; }

    /// <summary>Files of certificate authorities to trust besides the system's.</summary>
    public IReadOnlyList<string> CertificateAuthorities { get; init; } = [];

    /// <summary>Certificates to show where the server asks for one.</summary>
    public IReadOnlyList<ClientCertificate> ClientCertificates { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>How long connecting may take; null for what the options say.</summary>
    public TimeSpan? DialTimeout { get; init; }

    /// <summary>The registry this mirror is asked about, sent as <c>ns</c>; null for the registry itself.</summary>
    public string? Namespace { get; init; }

    public Uri Uri => new(BaseUrl);
}
