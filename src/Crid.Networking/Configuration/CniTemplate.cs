using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>
/// Makes a configuration out of a template and the node's pod CIDRs, for clusters whose node agent brings no network of its own. Of the
/// placeholders <c>{{.PodCIDR}}</c> stands for the first CIDR, <c>{{.Ranges}}</c> for the ranges of host-local with one set for each CIDR,
/// and <c>{{.Routes}}</c> for a default route of each address family; the last two are JSON.
/// </summary>
internal sealed partial class CniTemplate(string path, string directory, ILogger logger)
{
    private const string FileName = "10-crid.conflist";
    private const UnixFileMode FileMode644 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes the configuration where it is needed or an older one of this template is there.</summary>
    /// <param name="isNeeded">No other configuration is usable.</param>
    /// <returns>Whether the file has changed.</returns>
    /// <exception cref="CridException">The template can't be read, or does not give a configuration.</exception>
    public bool Apply(IReadOnlyList<IPNetwork> cidrs, bool isNeeded)
    {
        string target = Path.Combine(directory, FileName);
        if (!isNeeded && !File.Exists(target))
        {
            return false;
        }

        string content = Render(Read(), cidrs);
        if (File.Exists(target) && File.ReadAllText(target) == content)
        {
            return false;
        }

        Directory.CreateDirectory(directory);
        string temporary = Path.Combine(directory, $".{FileName}.tmp");
        using (StreamWriter writer = new(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = FileMode644 }))
        {
            writer.Write(content);
        }

        File.Move(temporary, target, overwrite: true);
        NetworkingLog.TemplateApplied(logger, path, target);
        return true;
    }

    internal static string Render(string template, IReadOnlyList<IPNetwork> cidrs)
    {
        string content = Placeholder().Replace(template, match => match.Groups["name"].Value switch
        {
            ".PodCIDR" => cidrs[0].ToString(),
            ".Ranges" => new JsonArray([.. cidrs.Select(ToRangeSet)]).ToJsonString(),
            ".Routes" => new JsonArray([.. cidrs.Select(DefaultRoute).Distinct().Select(ToRoute)]).ToJsonString(),
            string unknown => throw CridException.InvalidArgument($"the CNI template has '{{{{{unknown}}}}}'; known are .PodCIDR, .Ranges and .Routes"),
        });
        CniNetworkParser.ParseList(System.Text.Encoding.UTF8.GetBytes(content));
        return content;
    }

    private static JsonNode ToRangeSet(IPNetwork cidr) => new JsonArray(new JsonObject { ["subnet"] = cidr.ToString() });

    private static string DefaultRoute(IPNetwork cidr) => cidr.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6 ? "::/0" : "0.0.0.0/0";

    private static JsonNode ToRoute(string destination) => new JsonObject { ["dst"] = destination };

    private string Read()
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"read the CNI template: {exception.Message}", exception);
        }
    }

    [GeneratedRegex(@"\{\{-?\s*(?<name>[^}]*?)\s*-?\}\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
