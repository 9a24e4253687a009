using System.Globalization;

namespace Crid.Keeper;

/// <summary>The file in which an OCI runtime leaves the pid of a container or an exec.</summary>
internal static class PidFile
{
    /// <summary>Null where there is none or it holds no pid.</summary>
    internal static int? TryRead(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0
                ? pid
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
