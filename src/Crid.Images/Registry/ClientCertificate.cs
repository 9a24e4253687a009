namespace Crid.Images;

/// <summary>Files of a certificate that crid shows to a registry, and of its private key; one file may hold both.</summary>
internal sealed record ClientCertificate(string CertificateFile, string? KeyFile);
