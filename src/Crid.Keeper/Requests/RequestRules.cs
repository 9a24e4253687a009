namespace Crid.Keeper;

/// <summary>What a request must look like before anything is done for it.</summary>
internal static class RequestRules
{
    private const int MaxIdLength = 200;

    /// <summary>An id is the name of a state file: letters, digits, '_', '-' and '.', not at its beginning.</summary>
    internal static bool IsId(string id)
    {
        if (id.Length is 0 or > MaxIdLength || id[0] == '.')
        {
            return false;
        }

        foreach (char c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))
            {
                return false;
            }
        }

        return true;
    }
}
