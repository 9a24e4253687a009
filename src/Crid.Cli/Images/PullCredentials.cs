using Crid.Api;

namespace Crid.Cli;

/// <summary>Credentials for a registry as they are typed.</summary>
internal static class PullCredentials
{
    /// <param name="text"><c>name:password</c>, or null for none.</param>
    public static AuthConfig? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new AuthConfig { Username = text[..colon], Password = text[(colon + 1)..] }
            : throw CliException.Usage("--user is name:password");
    }
}
