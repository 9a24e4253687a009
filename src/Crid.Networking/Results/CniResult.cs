using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking;

/// <summary>Reads the pod's addresses out of the result of a chain.</summary>
internal static class CniResult
{
    /// <summary>The addresses of the interface, the primary one first, without prefix lengths; link-local ones do not count.</summary>
    /// <exception cref="CridException">Internal: the result is malformed or has no address for the interface.</exception>
    public static IReadOnlyList<string> ReadAddresses(JsonObject result, string interfaceName, IpPreference preference)
    {
        List<IPAddress> addresses = [.. ReadCidrs(result, interfaceName).Select(Parse).Where(address => !IsLinkLocal(address))];
        if (addresses.Count == 0)
        {
            throw new CridException(ErrorKind.Internal, $"the CNI result has no address for {interfaceName}");
        }

        AddressFamily family = preference == IpPreference.Ipv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        int primary = preference == IpPreference.Cni ? 0 : addresses.FindIndex(address => address.AddressFamily == family);
        if (primary > 0)
        {
            IPAddress first = addresses[primary];
            addresses.RemoveAt(primary);
            addresses.Insert(0, first);
        }

        return [.. addresses.Select(address => address.ToString())];
    }

    private static IEnumerable<string> ReadCidrs(JsonObject result, string interfaceName)
    {
        List<JsonObject> interfaces = [.. result.Objects("interfaces")];
        foreach (JsonObject ip in result.Objects("ips"))
        {
            bool belongs = ip.FindInteger("interface") is not int index
                || (index >= 0 && index < interfaces.Count && interfaces[index].FindString("name") == interfaceName);
            if (belongs && ip.FindString("address") is string address)
            {
                yield return address;
            }
        }

        // The shape before version 0.3.0.
        foreach (string old in new[] { "ip4", "ip6" })
        {
            if ((result[old] as JsonObject)?.FindString("ip") is string address)
            {
                yield return address;
            }
        }
    }

    private static IPAddress Parse(string cidr)
    {
        int slash = cidr.IndexOf('/', StringComparison.Ordinal);
        return IPAddress.TryParse(slash < 0 ? cidr : cidr[..slash], out IPAddress? address)
            ? address
            : throw new CridException(ErrorKind.Internal, $"the CNI result has '{cidr}' where an address belongs");
    }

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal
        || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, _, _]);
}
