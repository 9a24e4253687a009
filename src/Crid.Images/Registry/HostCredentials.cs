using System.Text;
using Crid.Core;

namespace Crid.Images;

/// <summary>Credentials of a pull in one form, bound to the host they may be shown to.</summary>
internal sealed record HostCredentials(string Host, string? User, string? Password, string? IdentityToken, string? RegistryToken)
{
    /// <summary>The credentials of a request; null where it has none, or has them for another registry.</summary>
    /// <exception cref="CridException">InvalidArgument: the encoded form is not valid.</exception>
    public static HostCredentials? From(RegistryCredentials? credentials, string registry)
    {
        if (credentials is null || !IsFor(credentials.ServerAddress, registry))
        {
            return null;
        }

        (string? user, string? password) = (credentials.Username, credentials.Password);
        if (string.IsNullOrEmpty(user) && !string.IsNullOrEmpty(credentials.Auth))
        {
            (user, password) = Decode(credentials.Auth);
        }

        HostCredentials result = new(registry, NullIfEmpty(user), password, NullIfEmpty(credentials.IdentityToken), NullIfEmpty(credentials.RegistryToken));
        return result.User is null && result.IdentityToken is null && result.RegistryToken is null ? null : result;
    }

    public override string ToString() => "HostCredentials { redacted }";

    /// <summary>What must not appear in any text that leaves the pull.</summary>
    public IEnumerable<string> Secrets =>
        new[] { Password, IdentityToken, RegistryToken, User is null ? null : EncodeBasic() }.OfType<string>().Where(static secret => secret.Length > 0);

    /// <summary>User and password as the Basic scheme sends them: RFC 7617.</summary>
    public string EncodeBasic() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

    private static bool IsFor(string? serverAddress, string registry)
    {
        if (string.IsNullOrEmpty(serverAddress))
        {
            return true;
        }

        string url = serverAddress.Contains("://", StringComparison.Ordinal) ? serverAddress : $"https://{serverAddress}";
        string host = Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) ? uri.Authority : serverAddress;
        host = host is "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultRegistry : host;
        return string.Equals(host, registry, StringComparison.OrdinalIgnoreCase);
    }

    private static (string User, string Password) Decode(string auth)
    {
        byte[] bytes = new byte[auth.Length];
        if (!Convert.TryFromBase64String(auth, bytes, out int length))
        {
            throw CridException.InvalidArgument("the credentials for the registry are not valid base64");
        }

        string text = Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0');
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon >= 0
            ? (text[..colon], text[(colon + 1)..])
            : throw CridException.InvalidArgument("the credentials for the registry are not of the form user:password");
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
