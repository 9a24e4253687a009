using Crid.Core;

namespace Crid.Networking;

/// <summary>A CNI plugin reported a failure.</summary>
public sealed class CniPluginException : CridException
{
    private const int TryAgainLater = 11;

    internal CniPluginException(string plugin, string command, int code, string message, string details)
        : base(
            code == TryAgainLater ? ErrorKind.Unavailable : ErrorKind.Internal,
            $"CNI plugin '{plugin}' ({command}): {message}{(details.Length > 0 ? $": {details}" : "")} (code {code})")
    {
        Plugin = plugin;
        Code = code;
        Details = details;
    }

    public string Plugin { get; }

    /// <summary>The code of the CNI specification, 100 and more for the plugin's own.</summary>
    public int Code { get; }

    public string Details { get; }
}
